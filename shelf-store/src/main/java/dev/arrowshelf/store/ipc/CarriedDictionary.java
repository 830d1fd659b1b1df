package dev.arrowshelf.store.ipc;

/// A dictionary batch that an earlier partition holds and a later one needs as well.
///
/// @param message to be added to the later partition's composer, with source position 0
/// @param origin composer of the partition that holds the body
/// @param bodyOffset where the body begins in that partition's segment; the ranges of the plan are
///   counted from here
public record CarriedDictionary(IpcMessage message, SegmentComposer origin, long bodyOffset) {}

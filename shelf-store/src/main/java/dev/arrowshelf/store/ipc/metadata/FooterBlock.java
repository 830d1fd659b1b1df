package dev.arrowshelf.store.ipc.metadata;

/// What a footer says of one message. Nothing of it is checked yet.
///
/// @param offset where the message begins in the file
/// @param headBytes bytes of prefix, metadata and padding
/// @param bodyBytes bytes of the body
public record FooterBlock(long offset, int headBytes, long bodyBytes) {}

package dev.arrowshelf.store.model;

/// Who has to act on an error: the four kinds that the edges map to gRPC status, exit code and
/// Python exception.
public enum ErrorKind {
    /// The request is wrong and fails again when repeated.
    USER,
    /// Memory, disk or another limit is used up; may pass.
    RESOURCE,
    /// Something outside this process failed: a file, a peer, the network.
    EXTERNAL,
    /// A bug or damaged state of the shelf itself.
    INTERNAL
}

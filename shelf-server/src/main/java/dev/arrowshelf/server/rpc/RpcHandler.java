package dev.arrowshelf.server.rpc;

import io.netty.buffer.ByteBuf;

/// What is told about one call, in order, on its connection's I/O thread, and never while work
/// given to [RpcCall#work] is under way. Nothing here may block. An exception ends the call with
/// its status.
public interface RpcHandler {
    /// A message of so many bytes begins.
    void messageBegins(long bytes);

    /// Some bytes of the message have come. The handler reads them all, unless it began work: what
    /// it left is given again afterwards. The buffer is the caller's.
    void messagePart(ByteBuf part);

    /// The message is complete.
    void messageEnds();

    /// The client has sent its last message.
    void halfClosed();

    /// Messages that were waiting have been written; [RpcCall#isWritable()] holds.
    default void writable() {}

    /// The call is over, while work is under way that nobody waits for any more; [#ended()] follows
    /// when it is done. The one thing that is told meanwhile; does not block.
    default void abandoned() {}

    /// The call is over, for whatever reason: finished, failed, cancelled by the client, or cut
    /// off. Told once, the last thing a handler hears.
    void ended();
}

package dev.arrowshelf.server.rpc;

import io.grpc.Status;
import io.netty.buffer.ByteBuf;

/// Cuts the bytes of a call into gRPC messages: a byte that says whether the message is compressed,
/// its length as a big-endian 32-bit number, the message.
///
/// One thread. Keeps nothing but a prefix that has come in part.
final class MessageFrames {
    private static final int PREFIX_BYTES = 5;

    private long prefix;
    private int prefixBytes;
    private boolean inMessage;
    private long remaining;

    /// Returns whether a message has begun and not ended.
    boolean isInsideMessage() {
        return inMessage || prefixBytes > 0;
    }

    /// Tells the handler what the bytes mean, until they are used up or the call is busy.
    void read(ByteBuf in, RpcHandler handler, RpcCall call) {
        while (!call.isBusy()) {
            if (inMessage && remaining == 0) {
                inMessage = false;
                handler.messageEnds();
            } else if (!in.isReadable()) {
                return;
            } else if (inMessage) {
                readPart(in, handler, call);
            } else {
                readPrefix(in, handler);
            }
        }
    }

    private void readPrefix(ByteBuf in, RpcHandler handler) {
        while (prefixBytes < PREFIX_BYTES && in.isReadable()) {
            prefix = prefix << Byte.SIZE | in.readUnsignedByte();
            prefixBytes++;
        }
        if (prefixBytes < PREFIX_BYTES) {
            return;
        }
        long length = prefix & 0xFFFF_FFFFL;
        boolean compressed = prefix >>> Integer.SIZE != 0;
        prefix = 0;
        prefixBytes = 0;
        if (compressed) {
            throw Status.UNIMPLEMENTED
                    .withDescription("compressed gRPC messages are not supported")
                    .asRuntimeException();
        }
        inMessage = true;
        remaining = length;
        handler.messageBegins(length);
    }

    private void readPart(ByteBuf in, RpcHandler handler, RpcCall call) {
        int bytes = (int) Math.min(remaining, in.readableBytes());
        ByteBuf part = in.slice(in.readerIndex(), bytes);
        handler.messagePart(part);
        int read = part.readerIndex();
        if (read < bytes && !call.isBusy() && !call.isOver()) {
            throw new IllegalStateException(
                    "handler left bytes of a message: bytes=" + bytes + ", read=" + read);
        }
        in.skipBytes(read);
        remaining -= read;
    }
}

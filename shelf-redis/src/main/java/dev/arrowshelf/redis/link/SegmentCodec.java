package dev.arrowshelf.redis.link;

import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.ToByteBufEncoder;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/// Writes keys from arrays and values from memory segments straight into the connection's buffer.
/// Values that come back whole become arrays on the heap; large ones are read by [IntoSegment]
/// instead. Stateless.
final class SegmentCodec
        implements RedisCodec<byte[], Outgoing>, ToByteBufEncoder<byte[], Outgoing> {
    static final SegmentCodec INSTANCE = new SegmentCodec();

    private SegmentCodec() {}

    @Override
    public byte[] decodeKey(ByteBuffer bytes) {
        byte[] key = new byte[bytes.remaining()];
        bytes.get(key);
        return key;
    }

    @Override
    public Outgoing decodeValue(ByteBuffer bytes) {
        return Outgoing.of(decodeKey(bytes));
    }

    @Override
    public ByteBuffer encodeKey(byte[] key) {
        return ByteBuffer.wrap(key);
    }

    @Override
    public ByteBuffer encodeValue(Outgoing value) {
        return ByteBuffer.wrap(value.toArray());
    }

    @Override
    public void encodeKey(byte[] key, ByteBuf target) {
        target.writeBytes(key);
    }

    @Override
    public void encodeValue(Outgoing value, ByteBuf target) {
        value.writeTo(target);
    }

    @Override
    public int estimateSize(Object keyOrValue) {
        return switch (keyOrValue) {
            case byte[] key -> key.length;
            case Outgoing value -> value.bytes();
            default -> 0;
        };
    }

    @Override
    public boolean isEstimateExact() {
        return true;
    }
}

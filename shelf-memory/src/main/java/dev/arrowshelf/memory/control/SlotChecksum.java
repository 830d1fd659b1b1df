package dev.arrowshelf.memory.control;

import java.lang.foreign.MemorySegment;

/// CRC-32 (as zlib) of a slot's first 92 bytes, without allocating: eight bytes a step by table.
final class SlotChecksum {
    private static final int POLYNOMIAL = 0xEDB88320;
    private static final int[][] TABLES = tables();

    private SlotChecksum() {}

    /// The checksum of the slot at that offset, with this sequence in place of the one that stands
    /// there.
    static int of(MemorySegment block, long slot, long sequence) {
        int crc = step(~0, sequence);
        for (int at = Long.BYTES; at + Long.BYTES <= ControlLayout.CRC; at += Long.BYTES) {
            crc = step(crc, block.get(ControlLayout.LONG, slot + at));
        }
        return ~halfStep(
                crc, block.get(ControlLayout.INT, slot + ControlLayout.CRC - Integer.BYTES));
    }

    private static int step(int crc, long bytes) {
        int low = crc ^ (int) bytes;
        int high = (int) (bytes >>> 32);
        return TABLES[7][low & 0xff]
                ^ TABLES[6][low >>> 8 & 0xff]
                ^ TABLES[5][low >>> 16 & 0xff]
                ^ TABLES[4][low >>> 24]
                ^ TABLES[3][high & 0xff]
                ^ TABLES[2][high >>> 8 & 0xff]
                ^ TABLES[1][high >>> 16 & 0xff]
                ^ TABLES[0][high >>> 24];
    }

    private static int halfStep(int crc, int bytes) {
        int low = crc ^ bytes;
        return TABLES[3][low & 0xff]
                ^ TABLES[2][low >>> 8 & 0xff]
                ^ TABLES[1][low >>> 16 & 0xff]
                ^ TABLES[0][low >>> 24];
    }

    private static int[][] tables() {
        int[][] tables = new int[8][256];
        for (int i = 0; i < 256; i++) {
            int crc = i;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ POLYNOMIAL;
            }
            tables[0][i] = crc;
        }
        for (int table = 1; table < tables.length; table++) {
            for (int i = 0; i < 256; i++) {
                int before = tables[table - 1][i];
                tables[table][i] = before >>> 8 ^ tables[0][before & 0xff];
            }
        }
        return tables;
    }
}

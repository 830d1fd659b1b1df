package dev.arrowshelf.testkit;

import dev.arrowshelf.store.table.batch.VectorFiller;
import dev.arrowshelf.store.table.batch.VectorShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;

/// Makes tables out of a seed: the same seed makes the same tables.
///
/// The seed comes from `-Dshelf.seed` or is chosen anew; [#toString()] tells it, so that a failed
/// assertion described with it can be repeated. One thread.
public final class RandomTables {
    private static final int DICTIONARY_VALUES = 20;

    private final long seed;
    private final Random random;
    private final boolean packedUnions;

    private RandomTables(long seed, boolean packedUnions) {
        this.seed = seed;
        this.random = new Random(seed);
        this.packedUnions = packedUnions;
    }

    /// Returns a generator with the seed of this run.
    public static RandomTables ofThisRun() {
        String given = System.getProperty("shelf.seed");
        return new RandomTables(
                given == null ? new Random().nextLong() : Long.parseLong(given), false);
    }

    /// Returns a generator with a seed.
    public static RandomTables of(long seed) {
        return new RandomTables(seed, false);
    }

    /// Returns a generator with the same seed whose dense unions use every value of their children,
    /// one after the other: arrow-java's own readers cut children that are longer.
    public RandomTables withPackedUnions() {
        return new RandomTables(seed, true);
    }

    /// Returns the source of all choices.
    public Random random() {
        return random;
    }

    /// Returns a schema of some columns of any type, in any order, with metadata.
    public Schema schema(int columns) {
        List<Field> fields = new ArrayList<>(EveryType.fields());
        Collections.shuffle(fields, random);
        Map<String, String> metadata = new HashMap<>();
        metadata.put("seed", Long.toString(seed));
        metadata.put("umlaut", "äöü");
        return new Schema(fields.subList(0, Math.min(columns, fields.size())), metadata);
    }

    /// Returns a table of this schema, whose dictionary-encoded fields have the type of their
    /// values, with new dictionaries.
    public RandomTable table(Schema schema, int rows, BufferAllocator allocator) {
        Map<Long, Dictionary> dictionaries = new HashMap<>();
        List<Field> fields = new ArrayList<>();
        List<FieldVector> vectors = new ArrayList<>();
        for (Field field : schema.getFields()) {
            Field inMemory = DictionaryUtility.toMemoryFormat(field, allocator, dictionaries);
            fields.add(inMemory);
            vectors.add(inMemory.createVector(allocator));
        }
        MapDictionaryProvider provider = new MapDictionaryProvider();
        for (Dictionary dictionary : dictionaries.values()) {
            fill(dictionary.getVector(), DICTIONARY_VALUES, allocator);
            provider.put(dictionary);
        }
        Schema inMemory = new Schema(fields, schema.getCustomMetadata());
        VectorSchemaRoot root = new VectorSchemaRoot(inMemory, vectors, 0);
        fill(root, rows, allocator);
        return new RandomTable(root, provider);
    }

    /// Fills a root anew. Indices of dictionary-encoded columns fit dictionaries of [#table].
    public void fill(VectorSchemaRoot root, int rows, BufferAllocator allocator) {
        RandomBatch buffers = new RandomBatch(random, allocator, DICTIONARY_VALUES, packedUnions);
        root.getSchema().getFields().forEach(field -> buffers.add(field, rows));
        List<VectorShape> shapes =
                root.getSchema().getFields().stream().map(VectorShape::of).toList();
        try (ArrowRecordBatch batch = buffers.toBatch(rows)) {
            VectorFiller.fill(root, shapes, batch);
        }
    }

    /// Fills a vector anew.
    public void fill(FieldVector vector, int values, BufferAllocator allocator) {
        VectorSchemaRoot root =
                new VectorSchemaRoot(List.of(vector.getField()), List.of(vector), 0);
        fill(root, values, allocator);
    }

    @Override
    public String toString() {
        return "-Dshelf.seed=" + seed;
    }
}

package dev.arrowshelf.sql.arrow;

import dev.arrowshelf.store.table.batch.VectorShape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/// How one column is written: its place in the schema, its vectors, where its dictionaries come
/// from.
///
/// @param number the column's place among the columns of the table
/// @param field its vectors
/// @param dictionaries the values of its dictionaries in the partition that is written
public record ColumnPlan(int number, Node field, Dictionaries dictionaries) {
    /// Returns the plan of a column.
    public static ColumnPlan of(int number, Field field, Dictionaries dictionaries) {
        return new ColumnPlan(number, Node.of(field), dictionaries);
    }

    /// Gives the values of dictionaries.
    @FunctionalInterface
    public interface Dictionaries {
        /// Returns the array of a dictionary's values.
        MemorySegment values(long id);
    }

    /// A vector and those below it.
    ///
    /// @param shape its buffers; those of the indices where it is dictionary-encoded
    /// @param children the vectors below it
    /// @param dictionary the id of its dictionary, if it has one
    public record Node(VectorShape shape, List<Node> children, OptionalLong dictionary) {
        /// Copies the list.
        public Node {
            children = List.copyOf(children);
        }

        /// Returns the vectors of a field as they are stored.
        public static Node of(Field field) {
            DictionaryEncoding encoding = field.getDictionary();
            if (encoding != null) {
                return new Node(
                        VectorShape.of(field), List.of(), OptionalLong.of(encoding.getId()));
            }
            return new Node(
                    VectorShape.of(field),
                    field.getChildren().stream().map(Node::of).toList(),
                    OptionalLong.empty());
        }

        /// Returns the vectors of the values of a dictionary-encoded field.
        public static Node ofValues(Field field) {
            Field values =
                    new Field(
                            field.getName(),
                            new FieldType(true, field.getType(), null),
                            field.getChildren());
            return of(values);
        }
    }
}

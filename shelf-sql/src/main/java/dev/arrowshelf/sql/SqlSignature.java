package dev.arrowshelf.sql;

import org.apache.arrow.vector.types.pojo.Schema;

/// What a statement takes and gives.
///
/// @param columns the columns of its result
/// @param parameters its parameters in order, named `1`, `2`, ... or as the statement names them;
///   one whose type nothing tells is a text
public record SqlSignature(Schema columns, Schema parameters) {}

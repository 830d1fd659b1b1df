/// Which row groups cannot hold what a query looks for: the least and greatest value of each, and
/// the ranges that its filters ask for.
@NullMarked
package dev.arrowshelf.sql.prune;

import org.jspecify.annotations.NullMarked;

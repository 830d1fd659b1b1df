/// The shelf: Arrow tables in sealed segments, and the catalogue that names them.
@NullMarked
package dev.arrowshelf.store;

import org.jspecify.annotations.NullMarked;

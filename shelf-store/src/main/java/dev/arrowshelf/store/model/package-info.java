/// What the rooms of the store say to each other and to callers: options, errors, facts about
/// tables. No behaviour, no I/O.
@NullMarked
package dev.arrowshelf.store.model;

import org.jspecify.annotations.NullMarked;

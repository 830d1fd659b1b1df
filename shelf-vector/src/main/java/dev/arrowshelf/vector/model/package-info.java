/// What a search is asked and what it answers.
@NullMarked
package dev.arrowshelf.vector.model;

import org.jspecify.annotations.NullMarked;

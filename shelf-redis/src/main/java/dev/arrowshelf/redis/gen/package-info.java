/// Makes data sets to measure with.
@NullMarked
package dev.arrowshelf.redis.gen;

import org.jspecify.annotations.NullMarked;

/// Results that are kept until a table they were made of changes.
@NullMarked
package dev.arrowshelf.sql.cache;

import org.jspecify.annotations.NullMarked;

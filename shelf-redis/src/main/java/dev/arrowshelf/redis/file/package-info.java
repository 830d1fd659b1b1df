/// Arrow files on their own: compared, and read for measuring.
@NullMarked
package dev.arrowshelf.redis.file;

import org.jspecify.annotations.NullMarked;

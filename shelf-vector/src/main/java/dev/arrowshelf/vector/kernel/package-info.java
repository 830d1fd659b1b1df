/// Distance kernels: the vectorised ones and their scalar twins. Nothing else names the vector API.
@NullMarked
package dev.arrowshelf.vector.kernel;

import org.jspecify.annotations.NullMarked;

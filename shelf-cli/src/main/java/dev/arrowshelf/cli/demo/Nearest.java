package dev.arrowshelf.cli.demo;

/// The k smallest numbers seen, in order. For one thread; reused from query to query.
final class Nearest {
    private final double[] smallest;
    private int size;

    Nearest(int k) {
        smallest = new double[k];
    }

    void clear() {
        size = 0;
    }

    /// Takes part with a number, which counts only while it is among the k smallest.
    void offer(double number) {
        if (size == smallest.length) {
            if (number >= smallest[size - 1]) {
                return;
            }
            size--;
        }
        int place = size++;
        while (place > 0 && smallest[place - 1] > number) {
            smallest[place] = smallest[place - 1];
            place--;
        }
        smallest[place] = number;
    }

    boolean isFull() {
        return size == smallest.length;
    }

    int size() {
        return size;
    }

    /// Returns the number at a place of the order.
    double at(int place) {
        return smallest[place];
    }

    /// Returns the greatest of the k smallest; infinite until there are k.
    double worst() {
        return isFull() ? smallest[size - 1] : Double.POSITIVE_INFINITY;
    }
}

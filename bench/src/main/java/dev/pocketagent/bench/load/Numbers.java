package dev.pocketagent.bench.load;

/** Figures without the digits that say nothing. */
public final class Numbers {

    private Numbers() {}

    /** At most so many digits behind the point. */
    public static double rounded(double value, int digits) {
        double factor = Math.pow(10, digits);
        return Math.round(value * factor) / factor;
    }
}

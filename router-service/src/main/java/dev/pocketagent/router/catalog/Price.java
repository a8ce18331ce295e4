package dev.pocketagent.router.catalog;

import java.math.BigInteger;

/**
 * What a model costs, in micro-dollars for a million tokens.
 *
 * @param inputMicrosPerMillion for the prompt; not negative
 * @param outputMicrosPerMillion for the answer; not negative
 */
public record Price(long inputMicrosPerMillion, long outputMicrosPerMillion) {

    public static final Price FREE = new Price(0, 0);

    private static final long MILLION = 1_000_000;

    public Price {
        if (inputMicrosPerMillion < 0 || outputMicrosPerMillion < 0) {
            throw new IllegalArgumentException("a price must not be negative");
        }
    }

    /**
     * The cost of so many tokens in micro-dollars, rounded up once, at the end. Beyond {@link Long#MAX_VALUE} it stays
     * there: a provider that reports absurd counts must not make the cost wrap to something small.
     */
    public long costMicros(long inputTokens, long outputTokens) {
        if (inputTokens < 0 || outputTokens < 0) {
            throw new IllegalArgumentException("negative tokens");
        }
        long input = saturatedProduct(inputTokens, inputMicrosPerMillion);
        long output = saturatedProduct(outputTokens, outputMicrosPerMillion);
        long sum = input + output;
        if (input == Long.MAX_VALUE || output == Long.MAX_VALUE || sum < 0) {
            return exactCost(inputTokens, outputTokens);
        }
        return Math.ceilDiv(sum, MILLION);
    }

    private static long saturatedProduct(long a, long b) {
        return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : Long.MAX_VALUE;
    }

    /** Off the common path: more than 9.2 trillion dollars' worth of micro-dollar fractions. */
    private long exactCost(long inputTokens, long outputTokens) {
        var sum = BigInteger.valueOf(inputTokens)
                .multiply(BigInteger.valueOf(inputMicrosPerMillion))
                .add(BigInteger.valueOf(outputTokens)
                        .multiply(BigInteger.valueOf(outputMicrosPerMillion)));
        var cost = sum.add(BigInteger.valueOf(MILLION - 1)).divide(BigInteger.valueOf(MILLION));
        return cost.bitLength() < Long.SIZE ? cost.longValue() : Long.MAX_VALUE;
    }
}

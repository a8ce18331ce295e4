package dev.pocketagent.router.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceTest {

    @ParameterizedTest
    @CsvSource({"0,0,150000,600000,0", "1,0,150000,600000,1", "1000000,0,150000,600000,150000",
            "1000,500,2500000,10000000,7500", "7,0,142857,0,1", "1,1,500000,500000,1", "1,1,500001,500000,2"})
    void roundsUpOnceAtTheEnd(long input, long output, long inputPrice, long outputPrice, long expected) {
        // Given
        var price = new Price(inputPrice, outputPrice);

        // When
        long cost = price.costMicros(input, output);

        // Then
        assertThat(cost).isEqualTo(expected);
    }

    /** For any counts and prices: the exact cost rounded up, or the largest long. */
    @Test
    void equalsExactArithmetic() {
        var random = new Random(3);
        for (int round = 0; round < 200_000; round++) {
            // Given
            long input = any(random);
            long output = any(random);
            var price = new Price(any(random), any(random));

            // When
            long cost = price.costMicros(input, output);

            // Then
            var exact = big(input).multiply(big(price.inputMicrosPerMillion()))
                    .add(big(output).multiply(big(price.outputMicrosPerMillion())));
            var up = exact.add(big(999_999)).divide(big(1_000_000)).min(big(Long.MAX_VALUE));
            assertThat(cost).as("%d %d %s", input, output, price).isEqualTo(up.longValueExact());
        }
    }

    @Test
    void moreTokensNeverCostLess() {
        var random = new Random(4);
        for (int round = 0; round < 100_000; round++) {
            // Given
            var price = new Price(any(random), any(random));
            long input = any(random) / 2;
            long output = any(random) / 2;

            // When
            long less = price.costMicros(input, output);
            long more = price.costMicros(input + random.nextInt(1000), output + random.nextInt(1000));

            // Then
            assertThat(more).isGreaterThanOrEqualTo(less);
        }
    }

    private static long any(Random random) {
        return random.nextLong() >>> 1 + random.nextInt(63);
    }

    private static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }
}

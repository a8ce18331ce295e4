package dev.pocketagent.provisioner.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

class SubnetPoolTest {

    private static Cidr cidr(String text) {
        return Cidr.parse(text).orElseThrow();
    }

    @Test
    void blocksAreReadAsEnginesWriteThem() {
        assertThat(cidr("10.213.0.0/16")).hasToString("10.213.0.0/16");
        assertThat(cidr("192.168.17.5/24")).hasToString("192.168.17.0/24");
        assertThat(cidr("255.255.255.255/32").size()).isEqualTo(1);
        assertThat(cidr("0.0.0.0/0").overlaps(cidr("8.8.8.8/32"))).isTrue();
        for (String wrong : List.of("", "10.0.0.0", "10.0.0/8", "10.0.0.256/8", "10.0.0.0/33", "fd00::/64",
                "a.b.c.d/8")) {
            assertThat(Cidr.parse(wrong)).as(wrong).isEmpty();
        }
    }

    @Test
    void everySubnetIsHandedOutOnceAndOnlyOnce() {
        // Given
        SubnetPool pool = new SubnetPool(cidr("10.213.0.0/24"), 27);
        List<Cidr> taken = new ArrayList<>();

        // When
        while (pool.free(taken).isPresent()) {
            taken.add(pool.free(taken).orElseThrow());
        }

        // Then
        assertThat(taken).extracting(Cidr::toString).containsExactly("10.213.0.0/27", "10.213.0.32/27",
                "10.213.0.64/27", "10.213.0.96/27",
                "10.213.0.128/27", "10.213.0.160/27", "10.213.0.192/27", "10.213.0.224/27");
    }

    @Test
    void whatIsFreeOverlapsNothingAndLiesInThePool() {
        Random random = new Random(11);
        for (int round = 0; round < 2000; round++) {
            // Given
            int poolPrefix = 8 + random.nextInt(16);
            Cidr block = Cidr.around(random.nextLong(1L << 32), poolPrefix);
            int prefix = poolPrefix + random.nextInt(Math.min(29 - poolPrefix, 10) + 1);
            List<Cidr> taken = new ArrayList<>();
            for (int i = random.nextInt(60); i > 0; i--) {
                long near = block.base() + random.nextLong(block.size() * 2);
                taken.add(Cidr.around(Math.min(near, 0xffff_ffffL), poolPrefix - 2 + random.nextInt(34 - poolPrefix)));
            }

            // When
            var free = new SubnetPool(block, prefix).free(taken);

            // Then
            free.ifPresent(subnet -> {
                assertThat(subnet.prefix()).isEqualTo(prefix);
                assertThat(subnet.overlaps(block)).isTrue();
                assertThat(taken).noneMatch(subnet::overlaps);
            });
            if (free.isEmpty()) {
                for (long base = block.base(); base < block.base() + block.size(); base += 1L << (32 - prefix)) {
                    Cidr subnet = new Cidr(base, prefix);
                    assertThat(taken).anyMatch(subnet::overlaps);
                }
            }
        }
    }

    @Test
    void sizesThatCannotWorkAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SubnetPool(cidr("10.0.0.0/16"), 15));
        assertThatIllegalArgumentException().isThrownBy(() -> new SubnetPool(cidr("10.0.0.0/16"), 30));
        assertThatIllegalArgumentException().isThrownBy(() -> new SubnetPool(cidr("10.0.0.0/8"), 28));
    }
}

package dev.pocketagent.provisioner.engine;

import java.util.BitSet;
import java.util.Collection;
import java.util.Optional;

/**
 * Cuts one block of addresses into equal subnets, one a network. It remembers nothing: what is taken is asked of the engine and the host
 * each time, so that it cannot drift from them.
 */
final class SubnetPool {

    private static final int MAX_SUBNETS = 1 << 16;

    private final Cidr pool;
    private final int prefix;

    /**
     * @param prefix size of a subnet, longer than the pool's, at most 29: below that no address is left beside gateway and broadcast for
     *        more than one container
     */
    SubnetPool(Cidr pool, int prefix) {
        if (prefix < pool.prefix() || prefix > 29 || 1L << (prefix - pool.prefix()) > MAX_SUBNETS) {
            throw new IllegalArgumentException("subnets of /" + prefix + " do not fit the pool " + pool
                    + ": the prefix is between the pool's and 29, and at most " + MAX_SUBNETS
                    + " subnets are handed out");
        }
        this.pool = pool;
        this.prefix = prefix;
    }

    /** The first subnet that overlaps nothing of what is taken; empty: the pool is used up. */
    Optional<Cidr> free(Collection<Cidr> taken) {
        int count = 1 << (prefix - pool.prefix());
        long size = 1L << (32 - prefix);
        BitSet used = new BitSet(count);
        for (Cidr block : taken) {
            if (block.overlaps(pool)) {
                long first = Math.max(0, block.base() - pool.base()) / size;
                long last = (Math.min(block.base() + block.size(), pool.base() + pool.size()) - 1 - pool.base()) / size;
                used.set((int) first, (int) last + 1);
            }
        }
        int index = used.nextClearBit(0);
        return index >= count ? Optional.empty() : Optional.of(new Cidr(pool.base() + index * size, prefix));
    }

    @Override
    public String toString() {
        return pool + " in /" + prefix;
    }
}

package dev.pocketagent.provisioner.engine;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of IPv4 addresses.
 *
 * @param base first address as an unsigned number; the bits behind the prefix are 0
 * @param prefix 0 to 32
 */
record Cidr(long base, int prefix) {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");

    Cidr {
        if (prefix < 0 || prefix > 32 || base < 0 || base > 0xffff_ffffL || base % (1L << (32 - prefix)) != 0) {
            throw new IllegalArgumentException("not a block of IPv4 addresses");
        }
    }

    /** Empty for anything but IPv4 in CIDR notation. Bits behind the prefix are ignored, as engines do. */
    static Optional<Cidr> parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long address = 0;
        for (int i = 1; i <= 4; i++) {
            int part = Integer.parseInt(matcher.group(i));
            if (part > 255) {
                return Optional.empty();
            }
            address = address << 8 | part;
        }
        int prefix = Integer.parseInt(matcher.group(5));
        return prefix > 32 ? Optional.empty() : Optional.of(around(address, prefix));
    }

    /** The block of that size that the address lies in. */
    static Cidr around(long address, int prefix) {
        long size = 1L << (32 - prefix);
        return new Cidr(address - address % size, prefix);
    }

    long size() {
        return 1L << (32 - prefix);
    }

    boolean overlaps(Cidr other) {
        return base < other.base + other.size() && other.base < base + size();
    }

    @Override
    public String toString() {
        return (base >> 24) + "." + (base >> 16 & 255) + "." + (base >> 8 & 255) + "." + (base & 255) + "/" + prefix;
    }
}

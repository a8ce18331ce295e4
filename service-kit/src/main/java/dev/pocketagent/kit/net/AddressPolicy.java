package dev.pocketagent.kit.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Which IP addresses may be connected to on a tenant's behalf: the public ones, and what the operator allows by CIDR.
 * Addresses that carry an IPv4 address inside (mapped, translated, NAT64, 6to4, ISATAP) are judged by that one too.
 */
public final class AddressPolicy {

    private static final List<String> NEVER_PUBLIC = List.of(
            // Public by its number, but on every machine in Azure the host's own service, which hands out secrets.
            "168.63.129.16/32",
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/127", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7",
            "fe80::/10", "fec0::/10", "ff00::/8");

    private final List<Cidr> refused;
    private final List<Cidr> allowed;

    /**
     * @param allowCidrs networks that are allowed although they are private
     * @throws IllegalArgumentException naming a malformed CIDR
     */
    public AddressPolicy(List<String> allowCidrs) {
        this.refused = NEVER_PUBLIC.stream().map(Cidr::parse).toList();
        this.allowed = allowCidrs.stream().map(Cidr::parse).toList();
    }

    /** Whether a connection to this address is allowed. */
    public boolean allows(InetAddress address) {
        for (byte[] form : forms(address.getAddress())) {
            if (allowed.stream().noneMatch(cidr -> cidr.holds(form))
                    && refused.stream().anyMatch(cidr -> cidr.holds(form))) {
                return false;
            }
        }
        return true;
    }

    /** The address, and the IPv4 address that hides in it. */
    private static List<byte[]> forms(byte[] address) {
        List<byte[]> forms = new ArrayList<>();
        forms.add(address);
        if (address.length == 16) {
            byte[] inner = null;
            boolean zeros = allZero(address, 0, 10);
            if (zeros && address[10] == (byte) 0xff && address[11] == (byte) 0xff) {
                inner = Arrays.copyOfRange(address, 12, 16); // ::ffff:0:0/96, mapped
            } else if (allZero(address, 0, 8) && address[8] == (byte) 0xff && address[9] == (byte) 0xff
                    && allZero(address, 10, 12)) {
                inner = Arrays.copyOfRange(address, 12, 16); // ::ffff:0:0:0/96, translated (SIIT)
            } else if ((address[8] & 0xfd) == 0 && address[9] == 0 && address[10] == 0x5e
                    && address[11] == (byte) 0xfe) {
                inner = Arrays.copyOfRange(address, 12, 16); // any prefix, then [02]00:5efe: ISATAP
            } else if (zeros && address[10] == 0 && address[11] == 0 && !allZero(address, 12, 15)) {
                inner = Arrays.copyOfRange(address, 12, 16); // ::/96, compatible (deprecated)
            } else if (address[0] == 0 && address[1] == 0x64 && address[2] == (byte) 0xff
                    && address[3] == (byte) 0x9b && allZero(address, 4, 12)) {
                inner = Arrays.copyOfRange(address, 12, 16); // 64:ff9b::/96, NAT64
            } else if (address[0] == 0x20 && address[1] == 0x02) {
                inner = Arrays.copyOfRange(address, 2, 6); // 2002::/16, 6to4
            }
            if (inner != null) {
                forms.add(inner);
            }
        }
        return forms;
    }

    private static boolean allZero(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private record Cidr(byte[] network, int bits) {

        static Cidr parse(String text) {
            int slash = text.indexOf('/');
            @Nullable
            String cause = null;
            try {
                String host = slash < 0 ? text : text.substring(0, slash);
                // Only literals: a name here would be looked up.
                if (!host.matches("[0-9.]+") && !(host.contains(":") && host.matches("[0-9a-fA-F:.]+"))) {
                    cause = "not an IP address";
                } else {
                    byte[] network = InetAddress.getByName(host).getAddress();
                    int bits = slash < 0 ? network.length * 8 : Integer.parseInt(text.substring(slash + 1));
                    if (bits >= 0 && bits <= network.length * 8) {
                        return new Cidr(network, bits);
                    }
                    cause = "the prefix is too long";
                }
            } catch (UnknownHostException | NumberFormatException e) {
                cause = "cannot be read";
            }
            throw new IllegalArgumentException("'" + text + "' is not a CIDR like 10.1.0.0/16: " + cause);
        }

        boolean holds(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            int whole = bits / 8;
            for (int i = 0; i < whole; i++) {
                if (address[i] != network[i]) {
                    return false;
                }
            }
            int rest = bits % 8;
            int mask = 0xff << (8 - rest) & 0xff;
            return rest == 0 || (address[whole] & mask) == (network[whole] & mask);
        }
    }
}

package dev.pocketagent.kit.auth;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

import io.vertx.core.net.SocketAddress;

/**
 * The network that a caller is in, as a number: an IPv4 address, or the first 64 bits of an IPv6 address, because everybody
 * with one IPv6 address has all 2^64 of its network.
 */
final class ClientNetwork {

    /** What has no address, like a client on a unix socket, counts as one network. */
    static final long NONE = 0;

    private ClientNetwork() {}

    static long of(@Nullable SocketAddress client) {
        if (client == null) {
            return NONE;
        }
        String address = client.hostAddress();
        return of(address == null ? client.host() : address);
    }

    /** @param literal an address as text, with or without a zone; what is none is {@link #NONE} */
    static long of(@Nullable String literal) {
        if (literal == null) {
            return NONE;
        }
        int zone = literal.indexOf('%');
        try {
            InetAddress address = InetAddress.ofLiteral(zone < 0 ? literal : literal.substring(0, zone));
            ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
            // 32 ones in front: as the begin of an IPv6 address that is multicast, so no caller's.
            return address instanceof Inet4Address ? bytes.getInt() | 0xffff_ffff_0000_0000L : bytes.getLong();
        } catch (IllegalArgumentException e) {
            return NONE;
        }
    }
}

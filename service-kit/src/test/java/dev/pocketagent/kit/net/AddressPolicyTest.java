package dev.pocketagent.kit.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {

    private final AddressPolicy strict = new AddressPolicy(List.of());

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
            "192.168.1.1", "100.64.0.1", "100.127.255.255", "169.254.169.254", "198.18.0.1", "224.0.0.1",
            "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fdff::1", "ff02::1", "::ffff:127.0.0.1",
            "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1",
            "::127.0.0.1", "2001:db8::1", "168.63.129.16", "::ffff:168.63.129.16", "::ffff:0:127.0.0.1",
            "::ffff:0:10.0.0.1", "2a00::5efe:127.0.0.1", "2a00::200:5efe:192.168.1.1", "2a00:1:2:3:0:5efe:a9fe:a9fe"})
    void privateAndReservedAddressesAreRefusedInEverySpelling(String address) throws UnknownHostException {
        assertThat(strict.allows(InetAddress.getByName(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "11.0.0.1",
            "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1",
            "168.63.129.15", "168.63.129.17", "::ffff:0:8.8.8.8", "2a00::5efe:8.8.8.8", "2a00::100:5efe:127.0.0.1",
            "2a00::5eff:127.0.0.1"})
    void publicAddressesAreAllowed(String address) throws UnknownHostException {
        assertThat(strict.allows(InetAddress.getByName(address))).isTrue();
    }

    @Test
    void theOperatorCanOpenANetworkAndOnlyThat() throws UnknownHostException {
        AddressPolicy policy = new AddressPolicy(List.of("10.1.0.0/16", "127.0.0.1", "fd00:1::/32"));
        assertThat(policy.allows(InetAddress.getByName("10.1.255.255"))).isTrue();
        assertThat(policy.allows(InetAddress.getByName("10.2.0.0"))).isFalse();
        assertThat(policy.allows(InetAddress.getByName("127.0.0.1"))).isTrue();
        assertThat(policy.allows(InetAddress.getByName("127.0.0.2"))).isFalse();
        assertThat(policy.allows(InetAddress.getByName("fd00:1:2::3"))).isTrue();
        assertThat(policy.allows(InetAddress.getByName("fd00:2::3"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "", "/8", "::1/129"})
    void aMalformedNetworkStopsTheService(String cidr) {
        assertThatIllegalArgumentException().isThrownBy(() -> new AddressPolicy(List.of(cidr)))
                .withMessageContaining("CIDR");
    }
}

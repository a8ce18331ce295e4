package dev.pocketagent.provisioner.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;

/** The networks of a stack on a real engine. */
@Tag("slow")
@Tag("engine")
class StackNetworksEngineTest {

    @RegisterExtension
    final StackOnEngine stack = new StackOnEngine();

    @Test
    void everyNetworkHasItsOwnSubnet() throws Exception {
        // Given
        StackSpec spec = stack.spec("""
                services:
                  a:
                    image: localhost/pocketagent/web:1
                    mem_limit: 32m
                    cpus: 0.5
                    command: [sleep, "300"]
                    stop_grace_period: 1s
                    networks: [front, back]
                networks: {front: {}, back: {internal: true}}
                """);

        // When
        stack.apply(spec);

        // Then
        List<String> subnets = stack.client().networks().withLabel(Labels.STACK, stack.id().stackId().toString())
                .stream()
                .flatMap(network -> network.subnets().stream()).toList();
        assertThat(subnets).hasSize(2).doesNotHaveDuplicates()
                .allMatch(subnet -> subnet.startsWith("10.213.") && subnet.endsWith("/27"));
        ContainerInfo a = stack.client().containers().find(stack.id().container("a")).orElseThrow();
        assertThat(a.addresses()).hasSize(2).allSatisfy((network, ip) -> assertThat(ip).startsWith("10.213."));
        String front = stack.client().networks().find(spec.networks().get("front").engineName()).orElseThrow().subnets()
                .getFirst();
        assertThat(Cidr.parse(stack.container("a").address().orElseThrow() + "/27")).isEqualTo(Cidr.parse(front));
    }
}

package dev.pocketagent.provisioner.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.provisioner.Stacks;
import dev.pocketagent.provisioner.backend.SecretText;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;

class ContainerRequestTest {

    private static final StackSpec STACK = Stacks.specOf("""
            services:
              app:
                image: busybox:1.37.0
                command: [sleep, "9"]
                mem_limit: 64m
                cpus: 0.25
                pids_limit: 99
                environment: {A: "1"}
                volumes: ["data:/data", "data:/ro:ro"]
                networks: [front, back]
                tmpfs: ["/tmp:size=16m"]
                ports: ["127.0.0.1::8080"]
                restart: on-failure:3
                stop_grace_period: 7s
                healthcheck: {test: [CMD, "true"]}
            networks: {front: {}, back: {internal: true}}
            volumes: {data: {}}
            """);

    private static ObjectNode request(boolean podman) {
        return ContainerRequest.of(STACK, STACK.services().get("app"), podman);
    }

    @Test
    void everyGuardrailIsInTheRequest() {
        // When
        ObjectNode body = request(false);

        // Then
        var host = body.path("HostConfig");
        assertThat(host.path("Memory").asLong()).isEqualTo(64L * 1024 * 1024)
                .isEqualTo(host.path("MemorySwap").asLong());
        assertThat(host.path("NanoCpus").asLong()).isEqualTo(250_000_000);
        assertThat(host.path("PidsLimit").asInt()).isEqualTo(99);
        assertThat(host.path("ReadonlyRootfs").asBoolean()).isTrue();
        assertThat(host.path("Privileged").asBoolean(true)).isFalse();
        assertThat(host.path("CapDrop")).hasToString("[\"ALL\"]");
        assertThat(host.has("CapAdd")).isFalse();
        assertThat(host.path("SecurityOpt")).hasToString("[\"no-new-privileges\"]");
        assertThat(host.path("Tmpfs").path("/tmp").asText()).isEqualTo("rw,nosuid,nodev,noexec,size=16m,mode=1777");
        assertThat(host.path("Ulimits").toString()).contains("nofile").doesNotContain("nproc");
        assertThat(host.path("LogConfig").path("Config").path("max-size").asText()).isEqualTo("10m");
        assertThat(host.path("RestartPolicy")).hasToString("{\"Name\":\"on-failure\",\"MaximumRetryCount\":3}");
        assertThat(host.path("PortBindings"))
                .hasToString("{\"8080/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"\"}]}");
        assertThat(host.path("Mounts").toString())
                .contains("\"Target\":\"/data\",\"ReadOnly\":false", "\"Target\":\"/ro\",\"ReadOnly\":true")
                .doesNotContain("bind");
        assertThat(body.path("User").asText()).isEqualTo("10001:10001");
        assertThat(body.path("StopTimeout").asInt()).isEqualTo(7);
        assertThat(body.path("Labels").path("com.docker.compose.project").asText()).isEqualTo(STACK.id().project());
        assertThat(body.path("Labels").path("com.docker.compose.service").asText()).isEqualTo("app");
        assertThat(body.path("Labels").path("dev.pocketagent.spec-hash").asText())
                .isEqualTo(STACK.services().get("app").hash());
        String front = STACK.networks().get("front").engineName();
        assertThat(host.path("NetworkMode").asText()).isEqualTo(front);
        assertThat(body.path("NetworkingConfig"))
                .hasToString("{\"EndpointsConfig\":{\"" + front + "\":{\"Aliases\":[\"app\"]}}}");
        assertThat(request(true).path("HostConfig").path("Ulimits").toString()).contains("nproc");
    }

    @Test
    void secretsAreInTheEnvironmentAndNowhereElse() {
        // Given
        ServiceSpec plain = STACK.services().get("app");
        ServiceSpec service = new ServiceSpec(plain.name(), plain.containerName(), plain.image(), plain.entrypoint(),
                plain.command(),
                plain.environment(), Map.of("TOKEN", new SecretText("hunter2")), plain.limits(), plain.user(),
                plain.init(), plain.readOnly(),
                plain.tmpfs(), plain.volumes(), plain.networks(), plain.publish(), plain.health(), plain.dependsOn(),
                plain.restart(),
                plain.stopGrace(), plain.logs(), plain.labels(), plain.hash());

        // When
        ObjectNode body = ContainerRequest.of(STACK, service, false);

        // Then
        assertThat(body.path("Env")).hasToString("[\"A=1\",\"TOKEN=hunter2\"]");
        body.remove("Env");
        assertThat(body.toString()).doesNotContain("hunter2");
        assertThat(service.toString()).doesNotContain("hunter2");
    }

    @Test
    void theArchiveThatHandsAVolumeOverIsReadByTar(@TempDir Path directory) throws IOException, InterruptedException {
        for (int id : new int[]{0, 10001, 07777777, 07777777 + 1, 999_999_999}) {
            // Given
            Path tar = Files.write(directory.resolve("t.tar"), Ownership.archive(new ServiceSpec.User(id, 10003)));

            // When
            Process process = new ProcessBuilder("tar", "--numeric-owner", "-P", "-tvf", tar.toString())
                    .redirectErrorStream(true).start();

            // Then
            String listing = new String(process.getInputStream().readAllBytes(),
                    java.nio.charset.StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(listing).isZero();
            assertThat(listing).startsWith("drwxr-xr-x " + id + "/10003").contains(" /");
        }
    }
}

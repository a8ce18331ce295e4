package dev.pocketagent.provisioner.policy;

import static dev.pocketagent.provisioner.Stacks.parameters;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.pocketagent.provisioner.Stacks;
import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.compose.ComposeDocument;
import dev.pocketagent.provisioner.compose.ComposeSchema;
import dev.pocketagent.provisioner.tree.YamlWriter;

class PolicyTest {

    private static final ComposeSchema SCHEMA = new ComposeSchema();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            privileged: true                                    | privileged
            cap_add: [NET_ADMIN]                                | capabilities
            cap_drop: [CHOWN]                                   | capabilities
            devices: [/dev/kvm]                                 | devices
            gpus: all                                           | devices
            network_mode: host                                  | host-namespace
            network_mode: "container:x"                         | host-namespace
            pid: host                                           | host-namespace
            ipc: host                                           | host-namespace
            uts: host                                           | host-namespace
            userns_mode: host                                   | host-namespace
            cgroup: host                                        | host-namespace
            cgroup_parent: /x                                   | host-namespace
            security_opt: ["seccomp:unconfined"]                | security-options
            security_opt: ["no-new-privileges:false"]           | security-options
            sysctls: {net.core.somaxconn: 1}                    | sysctls
            volumes: ["/var/run/docker.sock:/s"]                | bind-mount
            volumes: ["./x:/s"]                                 | bind-mount
            volumes: ["~/x:/s"]                                 | bind-mount
            volumes: [{type: bind, source: /, target: /h}]      | bind-mount
            volumes: ["other:/s"]                               | external-resource
            volumes: [{type: npipe, source: x, target: /h}]     | volume-driver
            networks: [other]                                   | external-resource
            networks: {default: {ipv4_address: 10.0.0.1}}       | network-options
            env_file: .env                                      | file-of-host
            secrets: [x]                                        | file-of-host
            configs: [x]                                        | file-of-host
            extends: {service: x}                               | other-document
            build: .                                            | build
            ports: ["8080:80"]                                  | host-port
            ports: ["0.0.0.0::80"]                              | host-port
            ports: [80]                                         | host-port
            ports: [{target: 80}]                               | host-port
            ports: ["127.0.0.1:80:80"]                          | host-port
            ports: ["127.0.0.1::70000"]                         | value-invalid
            container_name: x                                   | name-fixed
            hostname: x                                         | name-fixed
            links: [x]                                          | external-resource
            use_api_socket: true                                | engine-access
            provider: {type: x}                                 | hooks
            post_start: [{command: x}]                          | hooks
            pre_stop: [{command: x}]                            | hooks
            extra_hosts: ["h:host-gateway"]                     | extra-hosts
            labels: {traefik.enable: "true"}                    | label
            labels: {dev.pocketagent.tenant: x}                 | label
            environment: {HOME: null}                           | interpolation
            environment: [HOME]                                 | interpolation
            image: evil.example/x:1                             | image-registry
            image: someone/x:1                                  | image-registry
            image: busybox                                      | image-pin
            image: busybox:latest                               | image-pin
            image: "Not An Image"                               | value-invalid
            user: "0:0"                                         | user-id
            user: "1000:1000"                                   | user-id
            user: "10001"                                       | value-invalid
            user: root                                          | value-invalid
            init: false                                         | init-off
            read_only: false                                    | writable-root
            stop_grace_period: 61s                              | stop-grace
            stop_grace_period: soon                             | value-invalid
            tmpfs: ["/x:exec"]                                  | tmpfs-exec
            tmpfs: ["/x:size=2g"]                               | limit-range
            restart: always                                     | restart
            restart: unless-stopped                             | restart
            restart: "on-failure:11"                            | restart
            mem_limit: 100t                                     | value-invalid
            mem_limit: 66g                                      | limit-range
            cpus: 17                                            | limit-range
            cpus: 0.0001                                        | value-invalid
            pids_limit: 513                                     | limit-range
            pids_limit: -1                                      | limit-range
            memswap_limit: -1                                   | value-invalid
            memswap_limit: 128m                                 | limit-range
            deploy: {mode: global}                              | key-not-allowed
            deploy: {resources: {reservations: {devices: []}}}  | devices
            depends_on: [nobody]                                | dependency
            depends_on: [web]                                   | dependency
            healthcheck: {disable: true}                        | key-not-allowed
            healthcheck: {test: "true"}                         | value-invalid
            healthcheck: {test: [NONE]}                         | value-invalid
            logging: {driver: none}                             | key-not-allowed
            anything_new: 1                                     | key-not-allowed
            command: ["a\\0b"]                                  | text-invalid
            """)
    void refusesWithARuleOfItsOwn(String line, String rule) {
        // Given
        StringBuilder yaml = new StringBuilder("services:\n  web:\n");
        for (String base : new String[]{"image: busybox:1.37.0", "mem_limit: 64m", "cpus: 0.5"}) {
            if (!line.startsWith(base.substring(0, base.indexOf(':') + 1))) {
                yaml.append("    ").append(base).append('\n');
            }
        }
        yaml.append("    ").append(line).append('\n');

        // When
        Review review = Stacks.reviewOf(yaml.toString());

        // Then
        assertThat(review).isInstanceOf(Review.Refused.class);
        assertThat(((Review.Refused) review).findings()).extracting(Finding::rule).contains(rule);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            include: [x.yaml]                                                     | other-document
            secrets: {x: {file: /etc/shadow}}                                     | file-of-host
            configs: {x: {file: /etc/shadow}}                                     | file-of-host
            name: x                                                               | name-fixed
            networks: {n: {external: true}}                                       | external-resource
            networks: {n: {driver: host}}                                         | network-options
            networks: {n: {ipam: {}}}                                             | network-options
            volumes: {v: {driver_opts: {o: bind}}}                                | volume-driver
            volumes: {v: {external: true}}                                        | external-resource
            volumes: {v: {name: other}}                                           | name-fixed
            anything: {}                                                          | key-not-allowed
            """)
    void refusesAtTheTopToo(String line, String rule) {
        // When
        Review review = Stacks.reviewOf("services: {web: {image: busybox:1.37.0, mem_limit: 64m, cpus: 0.5}}\n" + line);

        // Then
        assertThat(((Review.Refused) review).findings()).extracting(Finding::rule).contains(rule);
    }

    @Test
    void everyServiceNeedsLimits() {
        // When
        Review review = Stacks.reviewOf("services: {web: {image: busybox:1.37.0}}");

        // Then
        assertThat(((Review.Refused) review).findings()).extracting(Finding::pointer).containsExactlyInAnyOrder(
                "/services/web/cpus",
                "/services/web/mem_limit");
    }

    @Test
    void guardrailsAreAddedToWhatPasses() {
        // When
        StackSpec spec = Stacks.specOf("services: {web: {image: busybox:1.37.0, mem_limit: 64m, cpus: 0.5}}");

        // Then
        ServiceSpec web = spec.service("web").orElseThrow();
        assertThat(web.user()).hasToString("10001:10001");
        assertThat(web.init()).isTrue();
        assertThat(web.readOnly()).isTrue();
        assertThat(web.limits()).isEqualTo(new ServiceSpec.Limits(500, 64, 256, 4096));
        assertThat(web.tmpfs()).containsExactly(new ServiceSpec.Tmpfs("/tmp", 64, false));
        assertThat(web.restart().maximumRetries()).isEqualTo(5);
        assertThat(web.networks()).containsExactly("default");
        assertThat(web.labels()).containsEntry(Labels.SPEC_HASH, web.hash()).containsEntry(Labels.STACK,
                Stacks.ID.stackId().toString());
        assertThat(YamlWriter.write(ComposeDocument.of(spec))).contains("cap_drop:", "no-new-privileges:true",
                "memswap_limit: \"64m\"");
    }

    @Test
    void limitsMayComeInTheLongForm() {
        // When
        StackSpec spec = Stacks.specOf(
                "services: {web: {image: busybox:1.37.0, deploy: {resources: {limits: {cpus: '0.25', memory: 1g, pids: 100}}}}}");

        // Then
        assertThat(spec.service("web").orElseThrow().limits()).isEqualTo(new ServiceSpec.Limits(250, 1024, 100, 4096));
    }

    @Test
    void servicesStartAfterThoseThatTheyWaitFor() {
        // When
        StackSpec spec = Stacks.specOf("""
                services:
                  app: {image: busybox:1.37.0, mem_limit: 64m, cpus: 1, depends_on: {db: {condition: service_healthy}, cache: {}}}
                  cache: {image: busybox:1.37.0, mem_limit: 64m, cpus: 1, depends_on: [db]}
                  db: {image: busybox:1.37.0, mem_limit: 64m, cpus: 1, healthcheck: {test: [CMD-SHELL, 'exit 0']}}
                """);

        // Then
        assertThat(spec.startOrder()).containsExactly("db", "cache", "app");
    }

    @Test
    void onlyNamedExceptionsOfATemplatePass() {
        // When
        Review review = Stacks.review("openclaw-agent", parameters("routerUrl", "http://router:8083/v1", "routerKey",
                "pocket_ag_0123456789"));

        // Then
        Review.Approved approved = (Review.Approved) review;
        ServiceSpec agent = approved.spec().service("agent").orElseThrow();
        assertThat(agent.user()).hasToString("1000:1000");
        assertThat(agent.init()).isFalse();
        assertThat(agent.stopGrace()).isEqualTo(Duration.ofSeconds(345));
        assertThat(agent.limits().memoryMib()).isEqualTo(2048);
        assertThat(agent.secrets()).containsOnlyKeys("POCKETMODEL_API_KEY", "OPENCLAW_GATEWAY_TOKEN");
        assertThat(approved.notes()).extracting(Finding::rule).contains("user-id", "init-off", "stop-grace",
                "tmpfs-exec");
    }

    @Test
    void theWebTemplatePasses() {
        // When
        Review.Approved approved = (Review.Approved) Stacks.review("web", parameters("message", "Hi $USER"));

        // Then
        ServiceSpec web = approved.spec().service("web").orElseThrow();
        assertThat(web.environment()).containsEntry("MESSAGE", "Hi $USER").containsEntry("PORT", "8080");
        assertThat(web.publish()).containsExactly(8080);
        assertThat(web.health().orElseThrow().probe()).isEqualTo(new ServiceSpec.Probe.Http(8080, "/"));
        assertThat(SCHEMA.check(ComposeDocument.of(approved.spec()))).isEmpty();
    }

    @Test
    void theHashChangesWithTheSecretsVersionAndNotWithTheRevision() {
        // Given
        StackSpec one = withSecret(1, 1);

        // When
        StackSpec nextRevision = withSecret(2, 1);
        StackSpec nextSecret = withSecret(1, 2);

        // Then
        assertThat(nextRevision.hash()).isEqualTo(one.hash());
        assertThat(nextSecret.hash()).isNotEqualTo(one.hash());
    }

    private static StackSpec withSecret(long revision, long version) {
        var document = new dev.pocketagent.provisioner.tree.Tree.Fields(java.util.Map.of("services",
                parameters("web", parameters("image",
                        "busybox:1.37.0", "cpus", 1, "mem_limit", "64m", "environment", parameters("TOKEN",
                                new dev.pocketagent.provisioner.tree.Tree.Secret("t"))))));
        Review review = new Policy(PolicySettings.DEFAULT).review(new Draft(Stacks.ID, "test", revision, document,
                java.util.List.of(),
                java.util.Map.of("t",
                        new Draft.Versioned(new dev.pocketagent.provisioner.backend.SecretText("hush"), version))));
        return ((Review.Approved) review).spec();
    }
}

package dev.pocketagent.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessIdTest {

    @Test
    void shouldKnowALivingProcess() {
        // When
        ProcessId self = ProcessId.running(ProcessHandle.current().pid()).orElseThrow();

        // Then
        assertThat(self.isAlive()).isTrue();
        assertThat(self.residentMib()).isPositive();
    }

    @Test
    void shouldNotTakeAnotherProcessWithTheSamePidForIt() {
        // Given
        ProcessId self = ProcessId.running(ProcessHandle.current().pid()).orElseThrow();

        // When
        var earlier = new ProcessId(self.pid(), self.birth() + "1");

        // Then
        assertThat(earlier.isAlive()).isFalse();
    }

    @Test
    void shouldNeverSignalAProcessThatHasTheReusedPid() throws Exception {
        // Given
        Process bystander = new ProcessBuilder("sleep", "60").start();
        ProcessId its = ProcessId.running(bystander.pid()).orElseThrow();
        var reused = new ProcessId(its.pid(), "another-boot/42");

        // When
        String how = Signals.stop(reused, "TERM", Duration.ofSeconds(1));

        // Then
        assertThat(how).isEqualTo("was gone");
        assertThat(its.isAlive()).isTrue();
        bystander.destroyForcibly().waitFor();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldCallAZombieDead() throws IOException, InterruptedException {
        // Given
        Process parent = new ProcessBuilder("sh", "-c", "sleep 0.1 & echo $!; exec sleep 60").start();
        long child = Long.parseLong(parent.inputReader().readLine());
        Thread.sleep(600);

        // When
        boolean alive = ProcessId.running(child).isPresent();

        // Then
        assertThat(Files.readString(Path.of("/proc", Long.toString(child), "stat"))).contains(" Z ");
        assertThat(alive).isFalse();
        parent.destroyForcibly().waitFor();
    }

    @Test
    void shouldReadTheStartTimeBehindAnyName() {
        // Given
        String stat = "42 (a) b) (c) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 100 more";

        // When
        var ticks = ProcessId.fromStat(stat);

        // Then
        assertThat(ticks).contains("987654");
        assertThat(ProcessId.fromStat(stat.replace(" S 1", " Z 1"))).isEmpty();
    }

    @Test
    void shouldKillWhatDoesNotEndWhenAsked() throws Exception {
        // Given
        Process stubborn = new ProcessBuilder("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
                .start();
        stubborn.inputReader().readLine();
        ProcessId id = ProcessId.running(stubborn.pid()).orElseThrow();

        // When
        String how = Signals.stop(id, "TERM", Duration.ofMillis(300));

        // Then
        assertThat(how).startsWith("killed");
        assertThat(stubborn.waitFor()).isNotZero();
    }
}

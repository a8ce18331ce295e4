package dev.pocketagent.cli.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.output.Json;

/** What figures were measured on: they mean nothing without. */
public final class Machine {

    private Machine() {}

    /** Cores, memory, processor, system, Java, and the load at this moment. */
    public static ObjectNode describe() {
        ObjectNode node = Json.object().put("cores", Runtime.getRuntime().availableProcessors())
                .put("os", System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"))
                .put("jdk", System.getProperty("java.vm.version"))
                .put("load", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemTotal:")) {
                    node.put("memoryMib", Long.parseLong(line.replaceAll("\\D", "")) / 1024);
                }
            }
            Files.readAllLines(Path.of("/proc/cpuinfo")).stream().filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .ifPresent(line -> node.put("cpu", line.substring(line.indexOf(':') + 1).strip()));
        } catch (IOException _) {
            node.put("memoryMib", 0);
        }
        return node;
    }
}

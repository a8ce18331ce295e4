package dev.pocketagent.cli.launch;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A part's log: turned over at each start, with its last three predecessors kept. */
final class LogFile {

    private static final int KEPT = 3;
    private static final int TAIL_BYTES = 256 * 1024;

    private LogFile() {}

    /** Makes room for a new log. */
    static void rotate(Path log) throws IOException {
        if (!Files.exists(log) || Files.size(log) == 0) {
            return;
        }
        for (int i = KEPT - 1; i >= 0; i--) {
            Path from = i == 0 ? log : older(log, i);
            if (Files.exists(from)) {
                Files.move(from, older(log, i + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static Path older(Path log, int age) {
        return log.resolveSibling(log.getFileName() + "." + age);
    }

    /** The last lines; of a very long log at most those within its last 256 KiB. */
    static List<String> tail(Path log, int lines) {
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            long from = Math.max(0, file.length() - TAIL_BYTES);
            file.seek(from);
            byte[] bytes = new byte[(int) (file.length() - from)];
            file.readFully(bytes);
            var all = new ArrayList<>(new String(bytes, StandardCharsets.UTF_8).lines().toList());
            if (from > 0 && !all.isEmpty()) {
                all.removeFirst();
            }
            return List.copyOf(all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException _) {
            return List.of();
        }
    }
}

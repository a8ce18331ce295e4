package dev.pocketagent.registry;

import java.util.List;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * One file in the export of a tenant. Each feature that keeps something for tenants adds its own, as a bean; the export
 * writes what the beans give, without knowing them. It never holds secrets, nor digests of them.
 */
public interface ExportPart {

    /**
     * Some rows of the file.
     *
     * @param rows what becomes one JSON object each; views, never entities
     * @param next where to go on; null at the end
     */
    record Piece(List<?> rows, @Nullable Object next) {
        public Piece {
            rows = List.copyOf(rows);
        }
    }

    /** Its name: {@code .json} for exactly one object, {@code .jsonl} for one a line. */
    String file();

    /** What is in it, in one sentence, for the reader of the export. */
    String about();

    /**
     * Reads some hundred rows, in a short transaction that sees this tenant's rows only. Between two calls the reader of the
     * export may be slow, so nothing is held.
     *
     * @param from what the call before gave as {@code next}; null to begin
     * @return null when there is no such file in this installation
     */
    @Nullable
    Piece read(UUID tenantId, @Nullable Object from);
}

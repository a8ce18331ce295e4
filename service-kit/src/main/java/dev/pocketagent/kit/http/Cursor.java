package dev.pocketagent.kit.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;

import dev.pocketagent.kit.problem.ProblemException;

/**
 * Where a list goes on, as an opaque text: the sort keys of the last row seen, with a checksum so that a cut or edited
 * cursor is an error and never a silently different page. It carries no authority: every page is checked like the first.
 */
public final class Cursor {

    private static final char SEPARATOR = '\u001f';

    private Cursor() {}

    /** A cursor from the sort keys of the last row. */
    public static String encode(String... parts) {
        String text = String.join(String.valueOf(SEPARATOR), parts);
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        byte[] whole = new byte[body.length + 4];
        int crc = crc(body);
        for (int i = 0; i < 4; i++) {
            whole[i] = (byte) (crc >>> (24 - 8 * i));
        }
        System.arraycopy(body, 0, whole, 4, body.length);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
    }

    /**
     * The sort keys in this cursor.
     *
     * @throws ProblemException 400 when it is not one of ours, or has another number of parts
     */
    public static List<String> decode(String cursor, int parts) {
        if (cursor.length() > 2000) {
            throw invalid();
        }
        byte[] whole;
        try {
            whole = Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            throw invalid();
        }
        if (whole.length < 4) {
            throw invalid();
        }
        byte[] body = new byte[whole.length - 4];
        System.arraycopy(whole, 4, body, 0, body.length);
        int crc = 0;
        for (int i = 0; i < 4; i++) {
            crc = crc << 8 | whole[i] & 0xff;
        }
        List<String> found = List.of(new String(body, StandardCharsets.UTF_8).split(String.valueOf(SEPARATOR), -1));
        if (crc != crc(body) || found.size() != parts) {
            throw invalid();
        }
        return found;
    }

    private static ProblemException invalid() {
        return ProblemException.invalid("?cursor",
                "is not a cursor of this list; send 'nextCursor' of the page before, unchanged, or leave it out");
    }

    private static int crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}

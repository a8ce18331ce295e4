package dev.pocketagent.provisioner.engine.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Takes apart the stream in which an engine mixes a container's two outputs: a byte for the output (1 or 2), three zero bytes, four bytes
 * of length (big endian), the text.
 */
public final class Frames {

    private Frames() {}

    /**
     * Both outputs in the order in which they came.
     *
     * @param maxBytes most that is kept; of more only the end is, since it says best what happened
     */
    public static byte[] join(InputStream stream, int maxBytes) throws EngineException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] header = new byte[8];
        byte[] block = new byte[8192];
        try {
            while (readFully(stream, header)) {
                int output = header[0];
                long length = (header[4] & 0xffL) << 24 | (header[5] & 0xff) << 16 | (header[6] & 0xff) << 8
                        | header[7] & 0xff;
                if (output < 0 || output > 3 || header[1] != 0 || header[2] != 0 || header[3] != 0) {
                    throw new EngineException(EngineException.Kind.BROKEN, "the engine's log stream is garbled");
                }
                while (length > 0) {
                    int count = stream.read(block, 0, (int) Math.min(block.length, length));
                    if (count < 0) {
                        // A container that is removed while it is read ends here; what came is still true.
                        return end(out, maxBytes);
                    }
                    out.write(block, 0, count);
                    length -= count;
                    if (out.size() > 2L * maxBytes) {
                        byte[] kept = end(out, maxBytes);
                        out.reset();
                        out.write(kept, 0, kept.length);
                    }
                }
            }
        } catch (EngineException e) {
            throw e;
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.BROKEN, "the engine's log stream cannot be read", e);
        }
        return end(out, maxBytes);
    }

    private static boolean readFully(InputStream stream, byte[] into) throws IOException {
        int filled = 0;
        while (filled < into.length) {
            int count = stream.read(into, filled, into.length - filled);
            if (count < 0) {
                return false;
            }
            filled += count;
        }
        return true;
    }

    private static byte[] end(ByteArrayOutputStream out, int maxBytes) {
        byte[] all = out.toByteArray();
        return all.length <= maxBytes ? all : java.util.Arrays.copyOfRange(all, all.length - maxBytes, all.length);
    }
}

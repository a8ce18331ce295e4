package dev.pocketagent.provisioner.engine.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Status, headers and the body as it comes. Only good while the exchange is open. */
public final class Reply {

    private final int status;
    private final Map<String, String> headers;
    private final InputStream body;

    Reply(int status, Map<String, String> headers, InputStream body) {
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.body = body;
    }

    public int status() {
        return status;
    }

    /** @param name in any case; of several equal headers the last one counts */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /** Every read may throw an {@link EngineException}. */
    public InputStream body() {
        return body;
    }

    /**
     * The whole body.
     *
     * @param maxBytes most that is taken; a longer body is an error, since a part of it would be misread
     */
    public byte[] bytes(int maxBytes) throws EngineException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] block = new byte[8192];
        try {
            int count = body.read(block, 0, block.length);
            while (count >= 0) {
                if (out.size() + count > maxBytes) {
                    throw new EngineException(EngineException.Kind.BROKEN,
                            "the engine's answer is longer than " + maxBytes + " bytes");
                }
                out.write(block, 0, count);
                count = body.read(block, 0, block.length);
            }
        } catch (EngineException e) {
            throw e;
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.BROKEN, "the engine's answer cannot be read", e);
        }
        return out.toByteArray();
    }
}

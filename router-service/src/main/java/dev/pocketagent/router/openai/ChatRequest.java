package dev.pocketagent.router.openai;

import org.jspecify.annotations.Nullable;

/**
 * What the router needs to know of a chat completion request, and the bytes it came from. Everything else stays in the
 * bytes, untouched.
 *
 * @param body the request as received; shared, not copied: nobody may write to it
 * @param model the name the client asked for
 * @param modelValue where that name stands, quotes included
 * @param stream whether an event stream is wanted
 * @param includeUsage whether the client itself asked for the usage event
 * @param usageEdit the change that makes the upstream send usage; null when it does already or nothing is streamed
 * @param maxOutputTokens the client's limit for one choice, 0 when it named none
 * @param choices how many answers are wanted ({@code n})
 * @param messages number of messages
 * @param tools whether tools or functions are offered to the model
 * @param images number of images among the messages
 * @param promptBytes size of messages and tools without images, sound and files
 */
public record ChatRequest(byte[] body, String model, Span modelValue, boolean stream, boolean includeUsage,
        @Nullable Edit usageEdit, long maxOutputTokens, int choices, int messages, boolean tools, int images,
        long promptBytes) {

    /** What one image counts for in an estimate: OpenAI bills 85 to about 1,100 tokens. */
    private static final long IMAGE_TOKENS = 1_100;

    /** Half-open range of bytes. */
    public record Span(int from, int to) {}

    /** Puts other bytes in the place of a range; an empty range inserts. */
    public record Edit(Span at, byte[] text) {}

    /** Estimated size of the prompt in tokens. */
    public long estimatedInputTokens() {
        return TokenUsage.estimate(promptBytes) + images * IMAGE_TOKENS;
    }

    /** The same without its bytes, for when they are not needed any more: a stream may go on for minutes. */
    public ChatRequest withoutBody() {
        return new ChatRequest(new byte[0], model, modelValue, stream, includeUsage, usageEdit, maxOutputTokens,
                choices,
                messages, tools, images, promptBytes);
    }

    /**
     * The body to send: the model renamed, usage asked for, every other byte as it came.
     *
     * @return the received array itself when nothing changes
     */
    public byte[] upstreamBody(String upstreamModel) {
        var rename = upstreamModel.equals(model) ? null : new Edit(modelValue, Json.quote(upstreamModel));
        if (rename == null) {
            return usageEdit == null ? body : splice(usageEdit);
        }
        if (usageEdit == null) {
            return splice(rename);
        }
        return rename.at().from() < usageEdit.at().from() ? splice(rename, usageEdit) : splice(usageEdit, rename);
    }

    /** Edits must be in order and must not overlap. */
    private byte[] splice(Edit... edits) {
        int size = body.length;
        for (var edit : edits) {
            size += edit.text().length - (edit.at().to() - edit.at().from());
        }
        var result = new byte[size];
        int read = 0;
        int written = 0;
        for (var edit : edits) {
            int keep = edit.at().from() - read;
            System.arraycopy(body, read, result, written, keep);
            System.arraycopy(edit.text(), 0, result, written + keep, edit.text().length);
            written += keep + edit.text().length;
            read = edit.at().to();
        }
        System.arraycopy(body, read, result, written, body.length - read);
        return result;
    }
}

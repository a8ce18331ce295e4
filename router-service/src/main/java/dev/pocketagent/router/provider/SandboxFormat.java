package dev.pocketagent.router.provider;

import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Writes the sandbox's answers in OpenAI's format, marked. */
record SandboxFormat(String requestId, String model, long createdSeconds) {

    private static final String MARK = "\"pocket\":{\"sandbox\":true}";

    /** One whole answer. */
    String whole(SandboxReply reply, int choices) {
        var list = new StringBuilder();
        for (int index = 0; index < choices; index++) {
            list.append(index == 0 ? "" : ",").append("{\"index\":").append(index)
                    .append(",\"message\":{\"role\":\"assistant\",\"content\":").append(quote(reply.text()))
                    .append(",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"").append(finish(reply))
                    .append("\"}");
        }
        return start("chat.completion") + ",\"choices\":[" + list + "]," + usage(reply, choices) + "," + MARK + "}";
    }

    /** One answer as events, each ready to be sent; the usage event and {@code [DONE]} at the end. */
    List<String> events(SandboxReply reply, int choices) {
        var events = new ArrayList<String>();
        for (int index = 0; index < choices; index++) {
            events.add(delta(index, "{\"role\":\"assistant\",\"content\":\"\"}", "null"));
            for (var token : reply.tokens()) {
                events.add(delta(index, "{\"content\":" + quote(token) + "}", "null"));
            }
            events.add(delta(index, "{}", "\"" + finish(reply) + "\""));
        }
        events.add("data: " + start("chat.completion.chunk") + ",\"choices\":[]," + usage(reply, choices) + "," + MARK
                + "}\n\ndata: [DONE]\n\n");
        return events;
    }

    private String delta(int index, String delta, String finish) {
        return "data: " + start("chat.completion.chunk") + ",\"choices\":[{\"index\":" + index + ",\"delta\":" + delta
                + ",\"logprobs\":null,\"finish_reason\":" + finish + "}]," + MARK + "}\n\n";
    }

    private String start(String object) {
        return "{\"id\":" + quote("chatcmpl-" + requestId) + ",\"object\":\"" + object + "\",\"created\":"
                + createdSeconds + ",\"model\":" + quote(model) + ",\"system_fingerprint\":\"sandbox\"";
    }

    private static String usage(SandboxReply reply, int choices) {
        int output = reply.tokens().size() * choices;
        return "\"usage\":{\"prompt_tokens\":" + reply.inputTokens() + ",\"completion_tokens\":" + output
                + ",\"total_tokens\":" + (reply.inputTokens() + output) + "}";
    }

    private static String finish(SandboxReply reply) {
        return reply.cut() ? "length" : "stop";
    }

    private static String quote(String text) {
        return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}

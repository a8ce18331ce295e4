package dev.pocketagent.router.provider;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the sandbox answers: the same prompt always gives the same text, and another prompt another one.
 *
 * @param tokens pieces that joined give the text
 * @param cut whether the client's limit cut it
 * @param inputTokens size of the prompt
 */
record SandboxReply(List<String> tokens, boolean cut, int inputTokens) {

    private static final int MAX_TOKEN = 8;
    private static final int MAX_QUOTE = 240;
    /** Shorter words say little about what a question is about. */
    private static final int TELLING_WORD = 4;

    SandboxReply {
        tokens = List.copyOf(tokens);
    }

    static SandboxReply to(SandboxPrompt prompt, long maxOutputTokens) {
        var tokens = tokens(text(prompt));
        boolean cut = maxOutputTokens > 0 && maxOutputTokens < tokens.size();
        return new SandboxReply(cut ? tokens.subList(0, (int) maxOutputTokens) : tokens, cut, prompt.tokens());
    }

    String text() {
        return String.join("", tokens);
    }

    private static String text(SandboxPrompt prompt) {
        var text = new StringBuilder("[sandbox] No AI model was asked: this is the built-in sandbox of PocketAgent. ");
        var words = words(prompt.question());
        if (words.isEmpty()) {
            text.append("There was no question. ");
        } else {
            var characters = prompt.question().codePointCount(0, prompt.question().length());
            text.append(prompt.questionCut() ? "You wrote more than " : "You wrote ")
                    .append(count(words.size(), "word")).append(" and ")
                    .append(count(characters, "character")).append(": \"").append(quote(prompt.question()))
                    .append("\". ");
        }
        if (!prompt.instructions().isEmpty()) {
            var all = String.join("\n", prompt.instructions());
            text.append("The instructions hold ").append(count(words(all).size(), "word"));
            var fitting = fitting(all, words);
            text.append(fitting.isEmpty()
                    ? " and nothing on that. "
                    : "; closest to it is: \"" + quote(fitting) + "\". ");
        }
        if (prompt.toolResult() != null) {
            text.append("The tool returned: \"").append(quote(prompt.toolResult())).append("\". ");
        }
        return text.append("Configure a provider to get a model's answer.").toString();
    }

    /** The line of the instructions that shares most words with the question; the first of several. */
    private static String fitting(String instructions, List<String> question) {
        var telling = new HashSet<String>();
        for (var word : question) {
            if (word.length() >= TELLING_WORD) {
                telling.add(word);
            }
        }
        var best = "";
        long most = 0;
        for (var line : instructions.split("\\R")) {
            Set<String> here = new HashSet<>(words(line));
            here.retainAll(telling);
            if (here.size() > most) {
                most = here.size();
                best = line.strip();
            }
        }
        return best;
    }

    /** Tokens of a text: white space belongs to what follows, long words are cut. */
    static List<String> tokens(String text) {
        var tokens = new ArrayList<String>();
        eachToken(text, (from, to) -> tokens.add(text.substring(from, to)));
        return tokens;
    }

    /** How many they are, without making them. */
    static int countTokens(String text) {
        var count = new int[1];
        eachToken(text, (from, to) -> count[0]++);
        return count[0];
    }

    private interface Piece {
        void is(int from, int to);
    }

    private static void eachToken(String text, Piece piece) {
        int from = 0;
        int solid = 0;
        for (int at = 0; at < text.length();) {
            int point = text.codePointAt(at);
            boolean space = Character.isWhitespace(point);
            if (solid > 0 && (space || solid == MAX_TOKEN)) {
                piece.is(from, at);
                from = at;
                solid = 0;
            }
            solid += space ? 0 : 1;
            at += Character.charCount(point);
        }
        if (from < text.length()) {
            piece.is(from, text.length());
        }
    }

    private static List<String> words(String text) {
        var words = new ArrayList<String>();
        for (var word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    private static String quote(String text) {
        var line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= MAX_QUOTE
                ? line
                : line.substring(0,
                        line.offsetByCodePoints(0, Math.min(MAX_QUOTE, line.codePointCount(0, line.length()))))
                        + "...";
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}

package dev.pocketagent.router.catalog;

import java.util.ArrayList;
import java.util.List;

/**
 * A model that can be asked for.
 *
 * @param id the name clients use
 * @param provider name of the provider that runs it
 * @param upstreamId the name the provider uses
 * @param contextWindow tokens of prompt and answer together, 0 when unknown
 */
public record Model(String id, String provider, String upstreamId, Price price, long contextWindow) {

    public Model {
        if (id.isBlank() || id.length() > 200) {
            throw new IllegalArgumentException("a model id must have 1 to 200 characters");
        }
        if (contextWindow < 0) {
            throw new IllegalArgumentException("a context window must not be negative");
        }
    }

    /**
     * Reads {@code id:inputMicrosPerMillion:outputMicrosPerMillion[:contextWindow]}. Ids may hold colons themselves
     * ({@code llama3.2:3b}), so it is read from the right; an id that ends in {@code :<digits>} needs its context window
     * spelled out.
     *
     * @throws IllegalArgumentException with a sentence for the operator
     */
    public static Model parse(String provider, String text) {
        var parts = List.of(text.strip().split(":", -1));
        var numbers = new ArrayList<Long>();
        int at = parts.size();
        while (at > 1 && numbers.size() < 3 && isNumber(parts.get(at - 1))) {
            numbers.addFirst(Long.parseLong(parts.get(--at)));
        }
        if (numbers.size() < 2) {
            throw new IllegalArgumentException("Model \"" + text + "\" of provider " + provider
                    + ": write id:inputMicrosPerMillion:outputMicrosPerMillion[:contextWindow], e.g."
                    + " gpt-4o-mini:150000:600000:128000");
        }
        if (numbers.size() == 3 && numbers.get(2) == 0) {
            throw new IllegalArgumentException("Model \"" + text + "\" of provider " + provider
                    + ": the context window must not be 0. If the id ends in a number, give the context window too.");
        }
        var id = String.join(":", parts.subList(0, at));
        return new Model(id, provider, id, new Price(numbers.get(0), numbers.get(1)),
                numbers.size() == 3 ? numbers.get(2) : 0);
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}

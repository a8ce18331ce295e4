package dev.pocketagent.router.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.router.openai.ChatRequestReader.Reading;

class ChatRequestReaderTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void readsWhatTheRouterNeeds() {
        // Given
        var body = """
                {"temperature":0.5,"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"text","text":"hi"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAA"}}]}],
                "tools":[{"type":"function","function":{"name":"f","parameters":{"model":"not this one","n":99}}}],
                "stream":true,"stream_options":{"include_usage":true},"max_tokens":7,"max_completion_tokens":9,"n":2}""";

        // When
        var chat = read(body);

        // Then
        assertThat(chat.model()).isEqualTo("gpt-4o");
        assertThat(chat.stream()).isTrue();
        assertThat(chat.includeUsage()).isTrue();
        assertThat(chat.maxOutputTokens()).isEqualTo(9);
        assertThat(chat.choices()).isEqualTo(2);
        assertThat(chat.messages()).isEqualTo(1);
        assertThat(chat.tools()).isTrue();
        assertThat(chat.images()).isEqualTo(1);
        assertThat(chat.promptBytes()).isLessThan(body.length() - 60).isGreaterThan(100);
    }

    @Test
    void leavesABodyAloneThatNeedsNoChange() {
        // Given
        var chat = read(
                "{\"model\":\"m\",\"messages\":[{}],\"stream\":true,\"stream_options\":{\"include_usage\":true}}");

        // When
        var sent = chat.upstreamBody("m");

        // Then
        assertThat(sent).isSameAs(chat.body());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{'model':'a','messages':[{}],'stream':true}                                          | {'model':'b','messages':[{}],'stream':true,'stream_options':{'include_usage':true}}",
            "{'model':'a','messages':[{}],'stream':true , 'stream_options' : null }               | {'model':'b','messages':[{}],'stream':true , 'stream_options' : {'include_usage':true} }",
            "{'stream_options':{},'model':'a','messages':[{}],'stream':true}                      | {'stream_options':{'include_usage':true},'model':'b','messages':[{}],'stream':true}",
            "{'stream_options':{ 'x' : 1 },'model':'a','messages':[{}],'stream':true}             | {'stream_options':{'include_usage':true, 'x' : 1 },'model':'b','messages':[{}],'stream':true}",
            "{'stream_options':{'include_usage': false,'x':[]},'model':'a','messages':[{}],'stream':true} | {'stream_options':{'include_usage': true,'x':[]},'model':'b','messages':[{}],'stream':true}",
            "{'model':'a','messages':[{}],'stream':false}                                         | {'model':'b','messages':[{}],'stream':false}",
            "{'model':'a','messages':[{}],'stream':null,'stream_options':null}                    | {'model':'b','messages':[{}],'stream':null,'stream_options':null}",
            "{'mod\\u0065l':'a','messages':[{}],'stream':true,'stream_options':{'include_\\u0075sage':true}} | {'mod\\u0065l':'b','messages':[{}],'stream':true,'stream_options':{'include_\\u0075sage':true}}"})
    void changesOnlyWhatItMust(String received, String expected) {
        // Given
        var chat = read(received.replace('\'', '"'));

        // When
        var sent = chat.upstreamBody("b");

        // Then
        assertThat(new String(sent, StandardCharsets.UTF_8)).isEqualTo(expected.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{'messages':[{}]}                                     | model",
            "{'model':1,'messages':[{}]}                           | model",
            "{'model':'','messages':[{}]}                          | model",
            "{'model':'a','model':'b','messages':[{}]}             | model",
            "{'model':'a'}                                         | messages",
            "{'model':'a','messages':[]}                           | messages",
            "{'model':'a','messages':null}                         | messages",
            "{'model':'a','messages':{}}                           | messages",
            "{'model':'a','messages':['x']}                        | messages[0]",
            "{'model':'a','messages':[{},[]]}                      | messages[1]",
            "{'model':'a','messages':[{}],'messages':[{}]}         | messages",
            "{'model':'a','messages':[{}],'stream':'yes'}          | stream",
            "{'model':'a','messages':[{}],'stream':false,'stream':true} | stream",
            "{'model':'a','messages':[{}],'stream_options':[]}     | stream_options",
            "{'model':'a','messages':[{}],'stream_options':{},'stream_options':{}} | stream_options",
            "{'model':'a','messages':[{}],'stream_options':{'include_usage':1}} | stream_options.include_usage",
            "{'model':'a','messages':[{}],'stream_options':{'include_usage':true,'include_usage':false}} | stream_options.include_usage",
            "{'model':'a','messages':[{}],'n':0}                   | n",
            "{'model':'a','messages':[{}],'n':129}                 | n",
            "{'model':'a','messages':[{}],'n':1.5}                 | n",
            "{'model':'a','messages':[{}],'max_tokens':-1}         | max_tokens",
            "{'model':'a','messages':[{}],'max_tokens':99999999999999999999999} | max_tokens",
            "{'model':'a','messages':[{}],'max_completion_tokens':'x'} | max_completion_tokens"})
    void namesTheFieldAtFault(String body, String param) {
        // Given
        var bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);

        // When
        var error = refused(bytes);

        // Then
        assertThat(error.status()).isEqualTo(400);
        assertThat(error.type()).isEqualTo("invalid_request_error");
        assertThat(error.param()).isEqualTo(param);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"`` | 1", "{ | 1", "[] | 1", "null | 1", "x | 1",
            "{'model':'a','messages':[{}]} {} | 1", "{'model':'a','messages':[{}]}x | 1",
            "{'model':'a','messages':[{},} | 1", "{'model':'a','messages':[{'a':01}]} | 1", "{'model':'a | 1"})
    void refusesWhatIsNotOneJsonObject(String body, int unused) {
        // Given
        var bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);

        // When
        var error = refused(bytes);

        // Then
        assertThat(error.code()).isEqualTo("invalid_json");
        assertThat(error.message()).doesNotContain("com.fasterxml", "Source");
    }

    @Test
    void refusesOtherEncodingsInsteadOfMisreadingThem() {
        // Given
        var utf16 = "{\"model\":\"a\",\"messages\":[{}]}".getBytes(StandardCharsets.UTF_16LE);

        // When
        var error = refused(utf16);

        // Then
        assertThat(error.code()).isEqualTo("invalid_json");
    }

    @Test
    void refusesDeepNestingInsteadOfExhaustingTheStack() {
        // Given
        var deep = "{\"model\":\"a\",\"messages\":[{}],\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";

        // When
        var error = refused(deep.getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(error.status()).isEqualTo(400);
    }

    /** Whatever else a body holds: taking our changes back out of the sent bytes gives the received ones. */
    @Test
    void unknownFieldsSurviveByteForByte() throws Exception {
        var random = new Random(7);
        for (int round = 0; round < 5_000; round++) {
            // Given
            var bodies = new RandomBody(random);
            var received = bodies.text();

            // When
            var chat = read(received);
            var sent = new String(chat.upstreamBody("other/model"), StandardCharsets.UTF_8);

            // Then
            assertThat(chat.model()).isEqualTo(bodies.model);
            for (var unknown : bodies.unknown) {
                assertThat(sent).contains(unknown);
            }
            var expected = (ObjectNode) JSON.readTree(received);
            expected.put("model", "other/model");
            if (chat.stream()) {
                JsonNode options = expected.get("stream_options");
                var with = options instanceof ObjectNode object ? object : JSON.createObjectNode();
                with.put("include_usage", true);
                expected.set("stream_options", with);
            }
            assertThat(JSON.readTree(sent)).as(received).isEqualTo(expected);
            int changed = sent.length() - received.length();
            assertThat(changed).as("only the name and the option changed").isBetween(-60, 60);
        }
    }

    /** A body with the fields the router knows among others, in any order, with any spacing and escaping. */
    private static final class RandomBody {

        private final Random random;
        private final List<String> unknown = new ArrayList<>();
        private String model = "";

        RandomBody(Random random) {
            this.random = random;
        }

        String text() {
            var fields = new ArrayList<String>();
            model = word();
            fields.add(name("model") + space() + ":" + space() + quoted(model));
            fields.add("\"messages\":" + space() + "[" + space() + "{\"role\":\"user\",\"content\":" + value(0) + "}"
                    + space() + "]");
            if (random.nextBoolean()) {
                fields.add(name("stream") + ":" + space()
                        + List.of("true", "false", "null", "true").get(random.nextInt(4)));
            }
            switch (random.nextInt(5)) {
                case 0 -> fields.add("\"stream_options\"" + space() + ":" + space() + "null");
                case 1 -> fields.add("\"stream_options\":{" + space() + "}");
                case 2 -> fields.add("\"stream_options\":{\"x\"" + space() + ":" + value(1) + "}");
                case 3 -> fields.add("\"stream_options\":{" + space() + "\"include_usage\":" + space()
                        + List.of("true", "false", "null").get(random.nextInt(3)) + space() + "}");
                default -> {
                }
            }
            for (int i = random.nextInt(6); i >= 0; i--) {
                var field = "\"u" + i + word().replaceAll("[\"\\\\\u0007]", "") + "\"" + space() + ":" + space()
                        + value(0);
                unknown.add(field);
                fields.add(field);
                if (random.nextInt(8) == 0) {
                    fields.add(field); // twice: not ours to judge
                }
            }
            Collections.shuffle(fields, random);
            return space() + "{" + space() + String.join(space() + "," + space(), fields) + space() + "}" + space();
        }

        private String value(int depth) {
            return switch (random.nextInt(depth > 3 ? 5 : 8)) {
                case 0 -> quoted(word());
                case 1 -> String.valueOf(random.nextInt());
                case 2 -> random.nextInt(1000) + "." + random.nextInt(1000) + "E" + (random.nextInt(20) - 10);
                case 3 -> "true";
                case 4 -> "null";
                case 5 -> "[" + space() + value(depth + 1) + "," + value(depth + 1) + space() + "]";
                case 6 -> "{" + quoted("k" + word()) + space() + ":" + value(depth + 1) + "}";
                default -> "{\"model\":" + value(depth + 1) + ",\"stream\":" + value(depth + 1) + "}";
            };
        }

        private String word() {
            var word = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                word.append(
                        List.of("a", "Z", "é", "漢", "😀", "\"", "\\", "/", "{", "]", ":", ",", " ", "\u0007", "usage")
                                .get(random.nextInt(15)));
            }
            return word.toString();
        }

        private String quoted(String text) {
            var quoted = new StringBuilder("\"");
            text.codePoints().forEach(c -> {
                if (c == '"' || c == '\\') {
                    quoted.append('\\').appendCodePoint(c);
                } else if (c < ' ' || random.nextInt(6) == 0) {
                    for (char unit : Character.toChars(c)) {
                        quoted.append("\\u%04x".formatted((int) unit));
                    }
                } else {
                    quoted.appendCodePoint(c);
                }
            });
            return quoted.append('"').toString();
        }

        private String name(String name) {
            return random.nextInt(4) == 0
                    ? "\"\\u%04x".formatted((int) name.charAt(0)) + name.substring(1) + "\""
                    : "\"" + name + "\"";
        }

        private String space() {
            return List.of("", "", "", " ", "\n", "\r\n\t").get(random.nextInt(6));
        }
    }

    private static ChatRequest read(String body) {
        return switch (ChatRequestReader.read(body.getBytes(StandardCharsets.UTF_8))) {
            case Reading.Read(var chat) -> chat;
            case Reading.Refused(var error) -> throw new AssertionError(error + " for " + body);
        };
    }

    private static ApiError refused(byte[] body) {
        return switch (ChatRequestReader.read(body)) {
            case Reading.Read(var chat) -> throw new AssertionError("read " + chat);
            case Reading.Refused(var error) -> error;
        };
    }
}

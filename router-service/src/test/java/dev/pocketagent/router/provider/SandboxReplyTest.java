package dev.pocketagent.router.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

import org.junit.jupiter.api.Test;

class SandboxReplyTest {

    @Test
    void restatesTheQuestionAndSaysWhatItIs() throws IOException {
        // Given
        var prompt = prompt("{'messages':[{'role':'user','content':'What is the capital of France?'}]}");

        // When
        var text = SandboxReply.to(prompt, 0).text();

        // Then
        assertThat(text).startsWith("[sandbox]").contains("6 words and 30 characters",
                "\"What is the capital of France?\"");
    }

    @Test
    void dependsOnThePromptAndOnNothingElse() throws IOException {
        // Given
        var one = "{'messages':[{'role':'user','content':'one'}]}";
        var two = "{'messages':[{'role':'user','content':'two'}]}";

        // When
        var first = SandboxReply.to(prompt(one), 0);
        var again = SandboxReply.to(prompt(one), 0);
        var other = SandboxReply.to(prompt(two), 0);

        // Then
        assertThat(first).isEqualTo(again).isNotEqualTo(other);
    }

    @Test
    void findsTheLineOfTheInstructionsThatFits() throws IOException {
        // Given
        var prompt = prompt(
                "{'messages':[{'role':'system','content':'Be kind.\\nThe opening hours are nine to five.\\nBye'},"
                        + "{'role':'user','content':'When are your opening hours?'}]}");

        // When
        var text = SandboxReply.to(prompt, 0).text();

        // Then
        assertThat(text).contains("closest to it is: \"The opening hours are nine to five.\"");
    }

    @Test
    void passesOverOpenClawsOwnMessagesAndNamesToolResults() throws IOException {
        // Given
        var prompt = prompt(
                "{'messages':[{'role':'user','content':'run echo'},{'role':'assistant','content':null,'tool_calls':[{'id':'c'}]},"
                        + "{'role':'tool','content':'hello-from-tool','tool_call_id':'c'},{'role':'user','content':[{'type':'text','text':'<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>x'}]}]}");

        // When
        var text = SandboxReply.to(prompt, 0).text();

        // Then
        assertThat(text).contains("\"run echo\"", "The tool returned: \"hello-from-tool\"");
    }

    @Test
    void keepsTheLimitOfTheAnswer() throws IOException {
        // Given
        var prompt = prompt("{'messages':[{'role':'user','content':'x'}]}");

        // When
        var reply = SandboxReply.to(prompt, 5);

        // Then
        assertThat(reply.tokens()).hasSize(5);
        assertThat(reply.cut()).isTrue();
    }

    @Test
    void tokensJoinToTheText() {
        var random = new Random(5);
        for (int round = 0; round < 2_000; round++) {
            // Given
            var text = new StringBuilder();
            for (int i = random.nextInt(60); i > 0; i--) {
                text.append(new String[]{"a", "é", "😀", " ", "\n", "longwordlongword"}[random.nextInt(6)]);
            }

            // When
            var tokens = SandboxReply.tokens(text.toString());

            // Then
            assertThat(String.join("", tokens)).isEqualTo(text.toString());
            assertThat(SandboxReply.countTokens(text.toString())).isEqualTo(tokens.size());
        }
    }

    @Test
    void ofAVeryLongPromptOnlyTheBeginIsReadAndTheRestCounted() throws IOException {
        // Given, with escapes and characters of several bytes where it is cut
        for (var piece : new String[]{"a", "\\u00e9", "\\n", "é", "😀", "word "}) {
            var long1 = piece.repeat(300_000);
            var body = "{'messages':[{'role':'system','content':'" + long1
                    + "'},{'role':'user','content':[{'type':'text','text':'"
                    + long1 + "'},{'type':'text','text':'end'}]}]}";

            // When
            var prompt = prompt(body);

            // Then
            assertThat(prompt.question().length()).isBetween(8_000, 70_000);
            assertThat(prompt.questionCut()).isTrue();
            assertThat(prompt.question()).doesNotContain("\uFFFD");
            assertThat(prompt.instructions()).hasSize(1);
            assertThat(prompt.tokens()).isGreaterThan(2 * 300_000 / 8);
            assertThat(SandboxReply.to(prompt, 0).text()).contains("You wrote more than ");
        }
    }

    private static SandboxPrompt prompt(String body) throws IOException {
        return SandboxPrompt.read(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}

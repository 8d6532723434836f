using System.Text.Json;

namespace Gloss.Cli.Recognition;

public sealed class ResultListTests
{
    [Theory]
    [InlineData(0, "[]\n")]
    [InlineData(1, "[\n{\"n\":0}\n]\n")]
    [InlineData(2, "[\n{\"n\":0},\n{\"n\":1}\n]\n")]
    public void Json_AnyNumber_IsOneArray(int count, string expected) =>
        Assert.Equal(expected, Written(ResultForm.Json, count));

    [Fact]
    public void JsonLines_EachALine() => Assert.Equal("{\"n\":0}\n{\"n\":1}\n", Written(ResultForm.JsonLines, 2));

    [Fact]
    public void Json_RunEndedInTheMiddle_CanBeRead()
    {
        var output = new StringWriter();
        Assert.Throws<OperationCanceledException>(() => EndedAfterOne(output));

        using var json = JsonDocument.Parse(output.ToString());
        Assert.Equal(1, json.RootElement.GetArrayLength());
    }

    private static void EndedAfterOne(TextWriter output)
    {
        using var list = new ResultList(output, ResultForm.Json);
        list.Add("{}");
        throw new OperationCanceledException();
    }

    private static string Written(ResultForm form, int count)
    {
        var output = new StringWriter();
        using (var list = new ResultList(output, form))
        {
            for (var i = 0; i < count; i++)
                list.Add($"{{\"n\":{i}}}");
        }
        return output.ToString();
    }
}

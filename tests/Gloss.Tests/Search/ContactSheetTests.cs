using Gloss.Images;

namespace Gloss.Search;

public sealed class ContactSheetTests
{
    [Fact]
    public void Write_Pictures_EscapesAllAndShowsWhatCannotBeRead()
    {
        using var test = new TestCatalogue();
        ImageEncoder.Save(new RgbImage(600, 300, 200), test.In("a #1.png"));
        var (shown, broken) = (test.Add("a #1.png", [0.9f, 0, 0, 0, 0, 0], caption: "a <b>dog</b> & \"cat\""),
            test.Add("broken.jpg", [0.9f, 0, 0, 0, 0, 0]));
        new TagDecisions(test.Catalogue).Add([shown], ["<script>"]);
        var file = test.In("sheet.html");

        new ContactSheet(64).Write(file, "dogs & <cats>",
            [("one", [(test.Search.Read(shown)!, "0.93")]), ("", [(test.Search.Read(broken)!, "")])],
            TestContext.Current.CancellationToken);

        var html = File.ReadAllText(file);
        Assert.Contains("<h1>dogs &amp; &lt;cats&gt;</h1>", html, StringComparison.Ordinal);
        Assert.Contains("2 pictures in 2 groups", html, StringComparison.Ordinal);
        Assert.Contains("a &lt;b&gt;dog&lt;/b&gt; &amp; &quot;cat&quot;", html, StringComparison.Ordinal);
        Assert.Contains("<li class=\"own\" title=\"added by you\">&lt;script&gt;</li>", html, StringComparison.Ordinal);
        Assert.Contains("/a%20%231.png\"", html, StringComparison.Ordinal);
        Assert.Contains("cannot be read", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        var start = html.IndexOf("base64,", StringComparison.Ordinal) + 7;
        var thumbnail = new ImageDecoder().Decode(Convert.FromBase64String(html[start..html.IndexOf('"', start)]),
            "thumbnail");
        Assert.Equal((64, 32), (thumbnail.Width, thumbnail.Height));
    }
}

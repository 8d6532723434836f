using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Tests.Text.Mining;

public sealed class CaptionDescriptionsTests
{
    private static readonly TagVocabulary vocabulary =
        new([new Tag(0, "dog", TagType.Object, []), new Tag(1, "apple", TagType.Object, [])]);

    private static readonly string[] captions =
        ["A dog runs.", "Two dogs play!", "the dog sleeps", "a cat and a dog", "a bird", "the dog sleeps"];

    [Fact]
    public void Build_CaptionsThatNameATag_DescribeIt()
    {
        var builder = new CaptionDescriptions(vocabulary, 4);
        foreach (var caption in captions)
            builder.Add(caption);
        var built = builder.Build();

        Assert.Equal(6, builder.Captions);
        Assert.Equal("a photo of a dog.", built[0][0]);
        Assert.Equal(3, built[0].Skip(1).Distinct()
            .Intersect(["a dog runs", "two dogs play", "the dog sleeps", "a cat and a dog"]).Count());
        Assert.Equal(Enumerable.Repeat("a photo of an apple.", 4), built[1]);
    }

    [Fact]
    public void Add_AnyOrder_KeepsTheSame()
    {
        var (one, other) = (new CaptionDescriptions(vocabulary, 3), new CaptionDescriptions(vocabulary, 3));
        foreach (var caption in captions)
            one.Add(caption);
        foreach (var caption in captions.Reverse())
            other.Add(caption);

        Assert.Equal(one.Build()[0], other.Build()[0]);
    }
}

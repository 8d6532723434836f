using Gloss.Evaluation;

namespace Gloss.Tests.Evaluation;

public sealed class CiderRewardTests
{
    private static readonly string[][] references =
    [
        ["a dog runs on the beach", "a brown dog running along the sea"],
        ["two children play football", "children in a game of football", "kids play"],
        ["a red car stands in the street", "a parked red car"],
    ];

    [Fact]
    public void Score_EachItem_EqualsCiderDOfTheCorpus()
    {
        string[] captions = ["a dog runs along the sea", "two kids play play football today",
            "unheard of words here words here"];
        var expected = CiderD.Compute(captions, references);
        var reward = new CiderReward(references);

        for (var i = 0; i < captions.Length; i++)
            Assert.Equal(expected.Items[i], reward.Score(i, captions[i]), 12);
        Assert.True(expected.Items[0] > 0);
    }

    [Fact]
    public void Score_AskedAgain_GivesTheSame()
    {
        var reward = new CiderReward(references);
        var first = reward.Score(1, "new words about football");

        reward.Score(1, "quite other new words");

        Assert.Equal(first, reward.Score(1, "new words about football"));
    }

    [Fact]
    public void Score_NothingSaid_IsZero() => Assert.Equal(0, new CiderReward(references).Score(0, ""));
}

using Gloss.Inference;

namespace Gloss.Tests.Inference;

public sealed class RetrievalEvaluationTests
{
    [Fact]
    public void Ranked_SomeChosen_StandAboveAllOthersWhichKeepTheirOrder()
    {
        float[] old = [0.9f, 0.8f, 0.7f, 0.6f, 0.5f];
        // What the other way's candidates were given does not count here.
        float[] anew = [-5, 3, 9, -7, 8];

        var ranked = RetrievalEvaluation.Ranked(old, anew, [true, true, false, false, false]);

        Assert.Equal([1, 0, 2, 3, 4], Enumerable.Range(0, 5).OrderByDescending(i => ranked[i]));
    }
}

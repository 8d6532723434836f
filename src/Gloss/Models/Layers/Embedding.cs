using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>A table of vectors, looked up by id.</summary>
public sealed class Embedding : Module
{
    private readonly long paddingId;

    /// <summary>
    /// A table (count, features) drawn from N(0, 0.02²); the row of <paramref name="paddingId"/> gets no gradient.
    /// </summary>
    public Embedding(long count, long features, long paddingId = -1)
    {
        this.paddingId = paddingId;
        Weight = AddParameter("weight", Initial.Normal([count, features], 0.02));
    }

    /// <summary>(count, features).</summary>
    public Parameter Weight { get; }

    /// <summary>Ids (…), int64, to vectors (…, features).</summary>
    public Tensor Forward(Tensor ids) => NeuralOperators.Embedding(Weight.Value, ids, paddingId);
}

namespace Gloss.Text.Parsing;

/// <summary>
/// Reads a sentence's tree from the states of its words: tags from each word, heads by a biaffine form (Dozat and
/// Manning 2017), the best tree, relations from both ends of its arcs. Immutable.
/// </summary>
internal sealed class BiaffineReader
{
    private readonly RecurrentWeights weights;
    private readonly ByteMatrix heads;
    private readonly float[] headBias; // filled up to the matrix's stride
    private readonly float[] arcForm;
    private readonly float[] relationForm;
    private readonly int rootRelation;

    /// <summary>Prepares weights for computing.</summary>
    public BiaffineReader(RecurrentWeights weights)
    {
        this.weights = weights;
        heads = new ByteMatrix(weights.Heads.Weights);
        headBias = [.. weights.Heads.Bias, .. new float[heads.Stride - weights.Heads.Bias.Length]];
        arcForm = weights.Arc.Form.ToFloats();
        relationForm = weights.Relations.Weights.ToFloats();
        rootRelation = weights.Labels.RelationIds.GetValueOrDefault("root");
    }

    /// <summary>Tags, heads (-1 the root) and relations of a sentence's words.</summary>
    /// <param name="states">States of the root and of each word, (words + 1, 2 · state).</param>
    /// <param name="space">Memory of the thread.</param>
    public (PosTag[] Tags, int[] Heads, string[] Relations) Read(ReadOnlySpan<byte> states, Workspace space)
    {
        var (rows, stride) = (states.Length / heads.Inputs, heads.Stride);
        var count = rows - 1;
        var (tagCount, arc, relation) = (weights.Labels.Tags.Count, weights.Sizes.Arc, weights.Sizes.Relation);
        var (dependentAt, headAt, ofDependent, ofHead) =
            (tagCount, tagCount + arc, tagCount + (2 * arc), tagCount + (2 * arc) + relation);
        var outputs = space.Outputs.Take(rows * stride);
        heads.Multiply(states, headBias, outputs);

        var tags = new PosTag[count];
        for (var t = 0; t < rows; t++)
        {
            var row = outputs.Slice(t * stride, stride);
            VectorMath.Relu(row.Slice(dependentAt, 2 * arc));
            if (t > 0)
                tags[t - 1] = weights.Labels.Tags[VectorMath.IndexOfMax(row[..tagCount])];
        }
        var found = new int[count];
        if (count > 0)
        {
            var forms = space.Forms.Take(count * arc);
            VectorMath.Products(outputs[(stride + dependentAt)..], stride, count, arc, arcForm, arc, forms, arc);
            for (var i = 0; i < count; i++)
                VectorMath.Add(forms.Slice(i * arc, arc), weights.Arc.Bias);
            var scores = space.Scores.Take(count * rows);
            VectorMath.Products(forms, arc, count, arc, outputs[headAt..], stride, scores, rows);
            AddDistances(scores, rows);
            TreeDecoder.Decode(scores, count, found);
        }
        return (tags, found, Relations(found, outputs, ofDependent, ofHead, space));
    }

    // How likely a head so many words away is at all.
    private void AddDistances(Span<float> scores, int rows)
    {
        var reach = weights.Distances.Length / 2;
        for (var i = 0; i < rows - 1; i++)
        {
            var own = scores.Slice(i * rows, rows);
            for (var h = 0; h < rows; h++)
                own[h] += weights.Distances[Math.Clamp(h - (i + 1), -reach, reach) + reach];
        }
    }

    private string[] Relations(ReadOnlySpan<int> found, ReadOnlySpan<float> outputs, int ofDependent, int ofHead,
        Workspace space)
    {
        var (stride, relation, labels) = (heads.Stride, weights.Sizes.Relation, weights.Labels.Relations);
        var hidden = space.Hidden.Take(found.Length * relation);
        for (var i = 0; i < found.Length; i++)
        {
            var own = hidden.Slice(i * relation, relation);
            outputs.Slice(((i + 1) * stride) + ofDependent, relation).CopyTo(own);
            VectorMath.Add(own, outputs.Slice(((found[i] + 1) * stride) + ofHead, relation));
            VectorMath.Relu(own);
        }
        var scores = space.Named.Take(found.Length * labels.Count);
        VectorMath.Products(hidden, relation, found.Length, relation, relationForm, relation, scores, labels.Count);
        var result = new string[found.Length];
        for (var i = 0; i < found.Length; i++)
        {
            var own = scores.Slice(i * labels.Count, labels.Count);
            VectorMath.Add(own, weights.Relations.Bias);
            own[rootRelation] = float.NegativeInfinity;
            result[i] = found[i] < 0 ? "root" : labels[VectorMath.IndexOfMax(own)];
        }
        return result;
    }

    /// <summary>Memory of a thread.</summary>
    public sealed class Workspace
    {
        /// <summary>What the heads give for each row: (rows, stride).</summary>
        public Scratch<float> Outputs { get; } = new();

        /// <summary>Dependents through the form, (words, arc).</summary>
        public Scratch<float> Forms { get; } = new();

        /// <summary>Scores of heads, (words, rows).</summary>
        public Scratch<float> Scores { get; } = new();

        /// <summary>Hidden layer of relations, (words, relation).</summary>
        public Scratch<float> Hidden { get; } = new();

        /// <summary>Scores of relations, (words, relations).</summary>
        public Scratch<float> Named { get; } = new();
    }
}

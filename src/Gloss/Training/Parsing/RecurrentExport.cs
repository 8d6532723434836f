using Gloss.Models.Parsing;
using Gloss.Text.Parsing;
using Gloss.Torch;

namespace Gloss.Training.Parsing;

/// <summary>Turns a trained network into the weights by which Gloss parses without an engine.</summary>
internal static class RecurrentExport
{
    /// <summary>The weights, with what each piece adds to a word computed ahead.</summary>
    public static RecurrentWeights Make(ParserNetwork model, ParserLabels labels)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var config = model.Config.Recurrent
            ?? throw new ArgumentException("parser: expected a network with a recurrent encoder", nameof(model));
        var state = model.State();
        Tensor Get(string name) => state[name].To(ScalarType.Float32);
        float[] Floats(string name) => Get(name).ToArray<float>();
        ByteRows Rows(Tensor tensor) => ByteRows.Of(tensor.Contiguous().ToArray<float>(), (int)tensor.Size(1));

        const string encoder = "encoder.";
        var table = Get(encoder + "pieces.weight");
        var pieces = Enumerable.Range(0, 3).Select(i =>
        {
            var added = table.Linear(Get($"{encoder}projections.{i}.weight"));
            return Rows(i == 0 ? added + Get($"{encoder}learnt.weight") + Get($"{encoder}projections.0.bias") : added);
        }).ToArray();
        var directions = new List<(ByteRows, ByteRows, float[])>();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var direction in new[] { "", "_reverse" })
            {
                var name = $"{encoder}layers.{layer}.";
                directions.Add((Rows(Get($"{name}weight_ih{direction}")), Rows(Get($"{name}weight_hh{direction}")),
                    (Get($"{name}bias_ih{direction}") + Get($"{name}bias_hh{direction}")).ToArray<float>()));
            }
        }
        string[] heads = ["tags", "dependent", "head", "relation_dependent", "relation_head"];
        return new RecurrentWeights
        {
            Labels = labels,
            Sizes = ((int)config.WordSize, (int)config.StateSize, (int)model.Config.ArcSize,
                (int)model.Config.RelationSize, config.Layers),
            Pieces = pieces,
            Endings = Rows(Get(encoder + "endings.weight")),
            Shapes = Rows(Get(encoder + "shapes.weight")),
            Norm = [.. Floats(encoder + "norm.weight"), .. Floats(encoder + "norm.bias"), .. Floats(encoder + "root")],
            Directions = [.. directions],
            Heads = (Rows(TensorShape.Concatenate(0, [.. heads.Select(h => Get(h + ".weight"))])),
                [.. heads[..^1].SelectMany(h => Floats(h + ".bias")), .. new float[model.Config.RelationSize]]),
            Arc = (Rows(Get("arc.weight")), Floats("head_bias")),
            Distances = Floats("distances"),
            Relations = (Rows(Get("relations.weight")), Floats("relations.bias")),
        };
    }
}

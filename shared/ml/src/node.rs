//! What a node is: a typed trait that each node implements, and its erased twin that the registry and the
//! pipeline hold. What it learns is a separate state, so that fitting and applying cannot be mixed up.

use domain::{
    catalog::{NodeSpec, ProblemType},
    value::Object,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, Observer,
    error::Result,
    frame::{Frame, Training},
    onnx::{Table, Unmapped},
    parameters,
    random::{self, Stream},
};

/// What surrounds a node while it runs.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The node's id.
    pub node_id: &'a str,
    /// The target's column, which feature nodes leave alone. It may be absent from a table to predict.
    pub target: &'a str,
    /// Whether the target is a class or a number by the training node; a node guesses where there is none.
    pub problem_type: Option<ProblemType>,
    /// The class of two that counts as positive, as it is written, if the training node says so.
    pub positive_class: Option<&'a str>,
    /// How much memory training may take, in bytes; no limit if none.
    pub memory_budget: Option<u64>,
    /// Whether rows are being predicted, so that splitters have nothing to do.
    pub predicting: bool,
    /// Which fold of a cross-validation the node is fitted in, counted from 0, if in any.
    pub fold: Option<usize>,
    /// Told of warnings.
    pub observer: &'a dyn Observer,
}

impl Context<'_> {
    /// The stream of random numbers that belongs to a seed, the node, the fold and a purpose. A node that draws from
    /// it draws anew in each fold, so that no chance is shared between the folds that a mean is taken over.
    pub fn stream(&self, seed: u64, purpose: &[&str]) -> Stream {
        let fold = self.fold.map(|fold| fold.to_string());
        let mut parts = vec![self.node_id];
        if let Some(fold) = &fold {
            parts.extend(["fold", fold]);
        }
        parts.extend(purpose);
        random::stream(seed, &parts)
    }

    /// Tells the observer something that deserves a look; once, when the node is fitted, not at each prediction.
    pub fn warn(&self, message: &str) {
        if !self.predicting {
            self.observer.warning(Some(self.node_id), message);
        }
    }

    /// Tells the observer, where rows are predicted, that so many values of a column are not what was learned from, and
    /// what becomes of them.
    pub fn odd_values(&self, column: &str, count: usize, fate: &str) {
        if self.predicting && count > 0 {
            self.observer.odd_values(self.node_id, column, count, fate);
        }
    }
}

/// A node: its spec, its typed config and what it learns.
pub trait Node: Copy + Send + Sync + 'static {
    /// The parameters; refuses unknown ones.
    type Config: DeserializeOwned + Send + Sync;
    /// What it learns from the training rows; equal states serialize to equal bytes.
    type State: Serialize + DeserializeOwned + Send + Sync;

    /// Its key, parameters and effects.
    fn spec(&self) -> NodeSpec;

    /// Learns from the training rows.
    ///
    /// # Errors
    /// When the config does not suit the table.
    fn fit(&self, config: &Self::Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Self::State>;

    /// Changes a table, by what it learned and nothing else.
    ///
    /// # Errors
    /// When the config does not suit the table.
    fn apply(
        &self,
        config: &Self::Config,
        state: &Self::State,
        frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame>;

    /// Whether, when rows are predicted, something else than what comes of a column may depend on it: another column
    /// that it is computed with, or which rows stay. A node that treats each column on its own says no.
    fn mixes(&self, _config: &Self::Config, _state: &Self::State, _column: &str) -> bool {
        false
    }

    /// Says in ONNX's operators what [`Node::apply`] does when rows are predicted: of each column that it changes or
    /// makes, the values. Columns that it removes need no word.
    ///
    /// # Errors
    /// Why it cannot be said.
    fn onnx(
        &self,
        _config: &Self::Config,
        _state: &Self::State,
        _table: &mut Table<'_>,
    ) -> Result<(), Unmapped> {
        Err(Unmapped::because("it has no mapping to ONNX's operators"))
    }

    /// Learns from the training rows of a table and changes the table, as training does it. A node overrides this
    /// where its training rows must come out otherwise than [`Node::apply`] would have them: cross-fitted, so
    /// that no row is encoded by its own target, or with rows taken away or added ([`Frame::append`]). Whatever
    /// it does, rows outside of training come out as [`Node::apply`] has them.
    ///
    /// # Errors
    /// As [`Node::fit`] and [`Node::apply`].
    fn fit_apply(
        &self,
        config: &Self::Config,
        frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<(Self::State, Frame)> {
        let state = self.fit(config, &frame.training(), ctx)?;
        let frame = self.apply(config, &state, frame, ctx)?;
        Ok((state, frame))
    }
}

/// A fitted node and the table as it leaves the node in training.
pub type FitApplied = (Box<dyn FittedNode>, Frame);

/// A node whose types are not known to the caller.
pub trait ErasedNode: Send + Sync {
    /// Its key, parameters and effects.
    fn spec(&self) -> NodeSpec;

    /// Learns from the training rows with this config; defaults stand in for what is left out.
    ///
    /// # Errors
    /// `INVALID_CONFIG`, or what the node says.
    fn fit(&self, config: &Object, training: &Training<'_>, ctx: &Context<'_>)
    -> Result<Box<dyn FittedNode>>;

    /// Learns from the training rows of a table and changes the table, as training does it.
    ///
    /// # Errors
    /// `INVALID_CONFIG`, or what the node says.
    fn fit_apply(&self, config: &Object, frame: Frame, ctx: &Context<'_>) -> Result<FitApplied>;

    /// The fitted node with this config and saved state.
    ///
    /// # Errors
    /// `INVALID_CONFIG`, or `BAD_ARTIFACT` for a state that is none.
    fn load(&self, config: &Object, state: &ciborium::Value) -> Result<Box<dyn FittedNode>>;
}

/// A fitted node whose types are not known to the caller.
pub trait FittedNode: Send + Sync {
    /// Changes a table, by what it learned and nothing else.
    ///
    /// # Errors
    /// When the config does not suit the table.
    fn apply(&self, frame: Frame, ctx: &Context<'_>) -> Result<Frame>;

    /// Whether, when rows are predicted, something else than what comes of a column may depend on it.
    fn mixes(&self, column: &str) -> bool;

    /// Says in ONNX's operators what it does when rows are predicted.
    ///
    /// # Errors
    /// Why it cannot be said.
    fn onnx(&self, table: &mut Table<'_>) -> Result<(), Unmapped>;

    /// What it learned.
    fn state(&self) -> ciborium::Value;
}

struct Fitted<N: Node> {
    node: N,
    config: N::Config,
    state: N::State,
}

impl<N: Node> FittedNode for Fitted<N> {
    fn apply(&self, frame: Frame, ctx: &Context<'_>) -> Result<Frame> {
        self.node.apply(&self.config, &self.state, frame, ctx)
    }

    fn mixes(&self, column: &str) -> bool {
        self.node.mixes(&self.config, &self.state, column)
    }

    fn onnx(&self, table: &mut Table<'_>) -> Result<(), Unmapped> {
        self.node.onnx(&self.config, &self.state, table)
    }

    fn state(&self) -> ciborium::Value {
        ciborium::Value::serialized(&self.state)
            .expect("states hold plain data, which any CBOR value can say")
    }
}

impl<N: Node> ErasedNode for N {
    fn spec(&self) -> NodeSpec {
        Node::spec(self)
    }

    fn fit(
        &self,
        config: &Object,
        training: &Training<'_>,
        ctx: &Context<'_>,
    ) -> Result<Box<dyn FittedNode>> {
        let config = typed_config::<N::Config>(&Node::spec(self), config)?;
        let state = Node::fit(self, &config, training, ctx)?;
        Ok(Box::new(Fitted {
            node: *self,
            config,
            state,
        }))
    }

    fn fit_apply(&self, config: &Object, frame: Frame, ctx: &Context<'_>) -> Result<FitApplied> {
        let config = typed_config::<N::Config>(&Node::spec(self), config)?;
        let (state, frame) = Node::fit_apply(self, &config, frame, ctx)?;
        let fitted = Fitted {
            node: *self,
            config,
            state,
        };
        Ok((Box::new(fitted), frame))
    }

    fn load(&self, config: &Object, state: &ciborium::Value) -> Result<Box<dyn FittedNode>> {
        let spec = Node::spec(self);
        let config = typed_config::<N::Config>(&spec, config)?;
        let state = state.deserialized().map_err(|error| {
            Error::data(
                "BAD_ARTIFACT",
                format!("the state of a {} node cannot be read: {error}", spec.key),
            )
        })?;
        Ok(Box::new(Fitted {
            node: *self,
            config,
            state,
        }))
    }
}

/// `given` checked against the spec, with defaults filled in, read as `C`.
pub(crate) fn typed_config<C: DeserializeOwned>(spec: &NodeSpec, given: &Object) -> Result<C> {
    let mut violations = Vec::new();
    spec.check(given, "config", &mut violations);
    parameters::typed(&spec.parameters, given, &violations)
        .map_err(|message| Error::spec("INVALID_CONFIG", message))
}
